package io.waypost.testing;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookSigningException;
import io.waypost.testing.Receiver.Received;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;

/**
 * Checks signatures with the independent library of Standard Webhooks. It computes them anew instead of verifying, since
 * its tolerance of five minutes is against the real time, which the clock of the tests runs ahead of.
 */
public final class Signatures {

    private static final Pattern SECRET = Pattern.compile("whsec_[A-Za-z0-9+/]+=*");

    /** All that a client of these tests has set or was told. */
    private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

    private Signatures() {}

    /** Remembers the secrets in what a client sent or got. */
    static void see(String text) {
        if (text.contains("whsec_")) {
            SECRET.matcher(text)
                    .results()
                    .map(MatchResult::group)
                    .filter(Signatures::usable)
                    .forEach(SEEN::add);
        }
    }

    /** Tests also send some that are none. */
    private static boolean usable(String secret) {
        try {
            return new Webhook(secret) != null;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    public static void verify(Received request, String secret) {
        Assertions.assertThat(signatures(request)).contains(signature(request, secret));
    }

    /** Fails if one of them carries a {@code v1} signature that no secret seen so far has made. */
    static void verifyAll(List<Received> requests) {
        var usual = new LinkedHashSet<String>();
        for (var request : requests) {
            var signatures = signatures(request);
            if (signatures.stream().anyMatch(s -> s.startsWith("v1,"))
                    && maker(request, signatures, usual).isEmpty()) {
                usual.add(maker(request, signatures, SEEN)
                        .orElseThrow(() -> new AssertionError("No secret that a client has seen verifies " + request)));
            }
        }
    }

    /** The secret that one of the signatures was made with. */
    private static Optional<String> maker(Received request, List<String> signatures, Set<String> secrets) {
        return secrets.stream()
                .filter(secret -> signatures.contains(signature(request, secret)))
                .findFirst();
    }

    private static List<String> signatures(Received request) {
        var header = request.header("webhook-signature");
        return header == null ? List.of() : Arrays.asList(header.split(" "));
    }

    private static String signature(Received request, String secret) {
        try {
            return new Webhook(secret)
                    .sign(request.id(), Long.parseLong(request.header("webhook-timestamp")), request.body());
        } catch (WebhookSigningException e) {
            throw new AssertionError(e);
        }
    }
}

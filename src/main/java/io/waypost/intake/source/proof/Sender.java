package io.waypost.intake.source.proof;

import io.waypost.intake.source.NotProven;
import io.waypost.intake.source.Posting;
import io.waypost.intake.source.Source;
import io.waypost.platform.Durations;
import io.waypost.platform.WaypostProperties;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.Variable;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * The step of a source's route that proves its sender: one method a way of signing. Without a secret in the source's
 * settings, knowing the token in the address is proof enough. All compare over the raw bytes, and in constant time.
 */
@Component("sender")
public class Sender {

    private static final String BAD = "The signature does not match the body and the secret";

    private final Duration tolerance;

    @Autowired
    Sender(WaypostProperties properties) {
        this(properties.sources().tolerance());
    }

    /** @param tolerance how far a signed time may be from ours, either way */
    Sender(Duration tolerance) {
        this.tolerance = tolerance;
    }

    /**
     * The secret itself came along: as {@code ?secret=}, as the password of basic authentication (or its
     * {@code user:password}), or as a bearer token.
     *
     * @throws NotProven if not
     */
    public void sharedSecret(@Body Posting posting, @Variable("source") Source source) {
        var secret = source.secret();
        if (secret != null && !SharedSecret.of(posting).has(secret)) {
            throw new NotProven("The secret is missing or wrong: it is due as ?secret=, or as a password");
        }
    }

    /**
     * An HMAC-SHA256 of the body.
     *
     * @param header that carries it, in lower case
     * @param prefix of the header's value
     * @param encoding {@code hex} or {@code base64}
     * @throws NotProven if it is missing or wrong
     */
    public void hmac(
            @Body Posting posting, @Variable("source") Source source, String header, String prefix, String encoding) {
        var secret = source.secret();
        if (secret == null) {
            return;
        }
        var given = required(posting, header);
        var expected = Signatures.hmac(Signatures.utf8(secret), posting.body());
        if (!given.startsWith(prefix)
                || !Signatures.same(expected, Signatures.decode(encoding, given.substring(prefix.length())))) {
            throw new NotProven(BAD);
        }
    }

    /**
     * {@code t=SECONDS,v1=HEX}: HMAC-SHA256 over time, dot and body, at most as old as is tolerated. Of several v1 one has to
     * match, so that secrets can be changed.
     *
     * @throws NotProven if it is missing, wrong or old
     */
    public void timestamped(@Body Posting posting, @Variable("source") Source source, String header) {
        var secret = source.secret();
        if (secret == null) {
            return;
        }
        String time = null;
        var given = new ArrayList<String>();
        for (var part : required(posting, header).split(",")) {
            var pair = part.strip().split("=", 2);
            if (pair.length == 2 && pair[0].equals("t")) {
                time = pair[1];
            } else if (pair.length == 2 && pair[0].equals("v1")) {
                given.add(pair[1]);
            }
        }
        requireFresh(time, posting.receivedAt());
        var expected = Signatures.hmac(Signatures.utf8(secret), Signatures.utf8(time + "."), posting.body());
        if (given.stream().noneMatch(one -> Signatures.same(expected, Signatures.decode("hex", one)))) {
            throw new NotProven(BAD);
        }
    }

    /** As {@link #timestamped} if it is signed; else as {@link #sharedSecret}, for senders that sign only if asked to. */
    public void timestampedOrShared(@Body Posting posting, @Variable("source") Source source, String header) {
        if (posting.header(header) == null) {
            sharedSecret(posting, source);
        } else {
            timestamped(posting, source, header);
        }
    }

    /**
     * Standard Webhooks 1.0.0: HMAC-SHA256 ({@code v1}) with a {@code whsec_} secret, Ed25519 ({@code v1a}) with a
     * {@code whpk_} one.
     *
     * @param prefix of the three headers: {@code webhook-}, or {@code svix-}
     * @throws NotProven if it is missing, wrong or old
     * @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
     *     Webhooks</a>
     */
    public void standardWebhooks(@Body Posting posting, @Variable("source") Source source, String prefix) {
        var secret = source.secret();
        if (secret == null) {
            return;
        }
        var id = required(posting, prefix + "id");
        var time = required(posting, prefix + "timestamp");
        var given = List.of(required(posting, prefix + "signature").split(" "));
        requireFresh(time, posting.receivedAt());
        if (!Signatures.standardWebhooks(secret, Signatures.utf8(id + "." + time + "."), posting.body(), given)) {
            throw new NotProven(BAD);
        }
    }

    /**
     * ECDSA on SHA-256 over time and body, at most as old as is tolerated; the secret is the public key (base 64 of its DER).
     *
     * @throws NotProven if it is missing, wrong or old
     */
    public void ecdsa(
            @Body Posting posting, @Variable("source") Source source, String signatureHeader, String timeHeader) {
        var secret = source.secret();
        if (secret == null) {
            return;
        }
        var signature = Signatures.decode("base64", required(posting, signatureHeader));
        var time = required(posting, timeHeader);
        requireFresh(time, posting.receivedAt());
        if (!Signatures.ecdsa(secret, Signatures.utf8(time), posting.body(), signature)) {
            throw new NotProven(BAD);
        }
    }

    private static String required(Posting posting, String header) {
        var value = posting.header(header);
        if (value == null || value.isBlank()) {
            throw new NotProven("The header %s is missing".formatted(header));
        }
        return value;
    }

    /** So that a request that somebody wrote down cannot be sent again later. */
    private void requireFresh(@Nullable String seconds, Instant now) {
        try {
            var signed = Instant.ofEpochSecond(Long.parseLong(String.valueOf(seconds)));
            if (Duration.between(signed, now).abs().compareTo(tolerance) <= 0) {
                return;
            }
        } catch (ArithmeticException | java.time.DateTimeException | NumberFormatException _) {
            // Said below, as for a time that is too old.
        }
        throw new NotProven(
                "The signed time is missing, or more than %s from ours".formatted(Durations.format(tolerance)));
    }
}

package io.waypost.testing;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookSigningException;
import org.assertj.core.api.Assertions;

/**
 * Checks signatures with the independent library of Standard Webhooks. It computes them anew instead of verifying, since
 * its tolerance of five minutes is against the real time, which the clock of the tests runs ahead of.
 */
public final class Signatures {

    private Signatures() {}

    public static void verify(Receiver.Received request, String secret) {
        try {
            var expected = new Webhook(secret)
                    .sign(request.id(), Long.parseLong(request.header("webhook-timestamp")), request.body());
            Assertions.assertThat(request.header("webhook-signature").split(" "))
                    .contains(expected);
        } catch (WebhookSigningException e) {
            throw new AssertionError(e);
        }
    }
}

package io.waypost.testing;

import io.waypost.connector.http.client.NameLookup;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;

/** Names that only tests know, all below {@code names.test}; others are looked up as always. */
public final class TestNames implements NameLookup.Resolver {

    /** Has a public address and a private one. */
    public static final String MIXED = "mixed.names.test";

    private static volatile CountDownLatch answers = new CountDownLatch(1);

    /** The name of this machine whose name servers say nothing until {@link #answer}. */
    public static String silent(Object which) {
        return "silent-%s.names.test".formatted(which);
    }

    /** The name of this machine. */
    public static String loopback(Object which) {
        return "here-%s.names.test".formatted(which);
    }

    /** Lets those name servers answer that have been asked by now. */
    public static void answer() {
        var waiting = answers;
        answers = new CountDownLatch(1);
        waiting.countDown();
    }

    @Override
    public InetAddress[] addresses(String host) throws UnknownHostException {
        if (host.equals(MIXED)) {
            return new InetAddress[] {InetAddress.ofLiteral("8.8.8.8"), InetAddress.ofLiteral("127.0.0.1")};
        }
        if (host.startsWith("silent-")) {
            try {
                answers.await();
            } catch (InterruptedException _) {
                throw new UnknownHostException(host);
            }
        }
        return host.endsWith(".names.test")
                ? new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")}
                : InetAddress.getAllByName(host);
    }
}

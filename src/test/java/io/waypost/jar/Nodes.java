package io.waypost.jar;

import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Proxy;
import java.nio.file.Path;
import java.time.Duration;

/** Two jars on one PostgreSQL, the way of each to it through a proxy of its own. */
final class Nodes implements AutoCloseable {

    static final Duration LEASE = Duration.ofSeconds(3);

    private static final String SECRET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private final Proxy wireOfOne;
    private final Proxy wireOfTwo;
    private final WaypostProcess one;
    private final WaypostProcess two;

    Nodes(Path home, String... arguments) {
        var url = TestDatabases.postgresUrl();
        var port = url.replaceAll(".*:(\\d+)/.*", "$1");
        wireOfOne = new Proxy(Integer.parseInt(port));
        wireOfTwo = new Proxy(Integer.parseInt(port));
        one = node(home, url.replace(":" + port + "/", ":" + wireOfOne.port() + "/"), arguments);
        two = node(home, url.replace(":" + port + "/", ":" + wireOfTwo.port() + "/"), arguments);
    }

    /** Starts both at once, and returns when they are ready. */
    void start() {
        one.launch();
        two.launch();
        one.awaitReady();
        two.awaitReady();
    }

    private static WaypostProcess node(Path home, String url, String... arguments) {
        var node = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .with("WAYPOST_DB_URL", url)
                .with("WAYPOST_DB_USER", "postgres")
                .with("WAYPOST_ADMIN_KEY", "admin-key-of-both-nodes")
                .with("WAYPOST_SECRET_KEY", SECRET_KEY)
                .withArgument("--waypost.log.lease=" + LEASE.toSeconds() + "s")
                // Long stretches would leave all the work of a short test to one node.
                .withArgument("--waypost.log.stretch=20");
        for (var argument : arguments) {
            node.withArgument(argument);
        }
        return node;
    }

    WaypostProcess one() {
        return one;
    }

    WaypostProcess two() {
        return two;
    }

    Proxy wireOfOne() {
        return wireOfOne;
    }

    Proxy wireOfTwo() {
        return wireOfTwo;
    }

    @Override
    public void close() {
        one.close();
        two.close();
        wireOfOne.close();
        wireOfTwo.close();
    }
}

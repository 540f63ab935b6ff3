package io.waypost.jar;

import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Proxy;
import java.nio.file.Path;
import java.time.Duration;

/** Two jars on one PostgreSQL, the way of each to it through a proxy of its own. */
final class Nodes implements AutoCloseable {

    private static final String SECRET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private final Proxy wireOfOne;
    private final Proxy wireOfTwo;
    private final WaypostProcess one;
    private final WaypostProcess two;

    /** @param lease shorter than a node may stall, and the other one takes its work over though it lives */
    Nodes(Path home, Duration lease) {
        var url = TestDatabases.postgresUrl();
        var port = url.replaceAll(".*:(\\d+)/.*", "$1");
        wireOfOne = new Proxy(Integer.parseInt(port));
        wireOfTwo = new Proxy(Integer.parseInt(port));
        one = node(home, url.replace(":" + port + "/", ":" + wireOfOne.port() + "/"), lease);
        two = node(home, url.replace(":" + port + "/", ":" + wireOfTwo.port() + "/"), lease);
    }

    /** Starts both at once, and returns when they are ready. */
    void start() {
        one.launch();
        two.launch();
        one.awaitReady();
        two.awaitReady();
    }

    private static WaypostProcess node(Path home, String url, Duration lease) {
        return WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .with("WAYPOST_DB_URL", url)
                .with("WAYPOST_DB_USER", "postgres")
                .with("WAYPOST_ADMIN_KEY", "admin-key-of-both-nodes")
                .with("WAYPOST_SECRET_KEY", SECRET_KEY)
                .withArgument("--waypost.log.lease=" + lease.toSeconds() + "s")
                // Long segments would leave all the work of a short test to one node.
                .withArgument("--waypost.log.segment=20");
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

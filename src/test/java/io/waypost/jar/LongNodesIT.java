package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.jar.Accounts.Incident;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import io.waypost.testing.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two jars on one PostgreSQL under load, with the settings they come with: one is killed, or the way to the database is
 * cut or falls silent for 20 s, for one of them or for both.
 */
@Tag("long")
class LongNodesIT {

    private static final int OUTAGE_MILLIS = 20_000;

    /** Until a silent connection is given up (30 s) and what was held has been taken over. */
    private static final Duration RECOVERY = Duration.ofSeconds(40);

    private static final Duration SLOWEST_ANSWER = Duration.ofSeconds(40);

    private final Random random = CrashHarness.random();

    @TempDir
    private Path home;

    private Nodes nodes;
    private Accounts accounts;

    @BeforeEach
    void start() {
        nodes = new Nodes(home, Duration.ofSeconds(30));
        nodes.start();
        accounts = new Accounts(new Client(nodes.two().admin()));
    }

    @AfterEach
    void end() {
        nodes.close();
        if (accounts != null) {
            accounts.close();
        }
    }

    private interface Trouble {
        void happens();
    }

    @Test
    void givenKillsAndOutagesForMinutes_thenWhatWasAcknowledgedIsDelivered() {
        var troubles = List.<Trouble>of(
                this::killOne,
                () -> silence(nodes.wireOfOne()),
                () -> cut(nodes.wireOfOne(), nodes.wireOfTwo()),
                () -> silence(nodes.wireOfOne(), nodes.wireOfTwo()),
                () -> cut(nodes.wireOfOne()));
        var end = System.nanoTime() + LongCrashIT.duration().toNanos();

        for (int i = 0; i < troubles.size() || System.nanoTime() < end; i++) {
            round(i < troubles.size() ? troubles.get(i) : troubles.get(random.nextInt(troubles.size())));
        }

        accounts.settle(new Client(nodes.two().admin()), Duration.ofMinutes(5));
    }

    private void round(Trouble trouble) {
        var one = Accounts.publishers(nodes.one());
        var two = Accounts.publishers(nodes.two());
        Delays.of(random.nextInt(1_000, 5_000));
        accounts.toggle(new Client(nodes.two().admin()));
        Delays.of(random.nextInt(1_000));
        var from = System.nanoTime();
        trouble.happens();
        Delays.of((int) RECOVERY.toMillis());
        accounts.add(new Incident(from, System.nanoTime()));
        Delays.of(5_000);
        var all = new ArrayList<>(Stream.of(one, two).flatMap(List::stream).toList());
        all.forEach(Publishers::close);
        accounts.add(one);
        accounts.add(two);
        assertThat(all).allSatisfy(publishers -> {
            assertThat(publishers.refused())
                    .allSatisfy(answer ->
                            assertThat(answer.status()).as(answer.text()).isEqualTo(503));
            assertThat(publishers.slowest()).isLessThan(SLOWEST_ANSWER);
        });
    }

    private void killOne() {
        nodes.one().kill();
        Delays.of(5_000);
        nodes.one().start();
    }

    private static void cut(Proxy... wires) {
        Stream.of(wires).forEach(Proxy::cut);
        Delays.of(OUTAGE_MILLIS);
        Stream.of(wires).forEach(Proxy::mend);
    }

    private static void silence(Proxy... wires) {
        Stream.of(wires).forEach(Proxy::hang);
        Delays.of(OUTAGE_MILLIS);
        Stream.of(wires).forEach(Proxy::mend);
    }
}

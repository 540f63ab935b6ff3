package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.jar.Accounts.Incident;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/** Kills the jar at random moments while publishers publish, over and over, and then settles the accounts. */
final class CrashHarness implements AutoCloseable {

    /** At one kill: all permits, and what the recorder had not written yet. */
    private static final int MOST_IN_FLIGHT = 300;

    private final Random random;
    private final WaypostProcess waypost;
    private final Accounts accounts;
    private int kills;

    CrashHarness(Path home) {
        random = random();
        waypost = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .start();
        accounts = new Accounts(client());
    }

    /** With the seed given on the command line, or a new one, which is printed. */
    static Random random() {
        long seed = Long.getLong("waypost.seed", System.nanoTime());
        System.out.println("-Dwaypost.seed=" + seed + " does the same again");
        return new Random(seed);
    }

    private Client client() {
        return new Client(waypost.admin());
    }

    /** One life of the process: publishers at work, something switched off or on, and at a random moment the kill. */
    void round(int shortestMillis, int longestMillis) {
        var publishers = Accounts.publishers(waypost);
        Delays.of(random.nextInt(shortestMillis, longestMillis));
        accounts.toggle(client());
        Delays.of(random.nextInt(shortestMillis, longestMillis));
        var killed = System.nanoTime();
        waypost.kill();
        accounts.add(new Incident(killed, System.nanoTime()));
        kills++;
        publishers.forEach(Publishers::join);
        accounts.add(publishers);
        waypost.start();
    }

    void settle() {
        accounts.settle(client(), Duration.ofMinutes(3));
        assertThat(accounts.tally().repeats("/ordered")).hasSizeLessThanOrEqualTo(kills);
        assertThat(accounts.repeats()).isLessThan(kills * MOST_IN_FLIGHT);
    }

    @Override
    public void close() {
        waypost.close();
        accounts.close();
    }
}

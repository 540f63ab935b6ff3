package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * Five receivers with their subscriptions, what publishers were told is stored, and what went wrong meanwhile. At the end
 * it must add up: all that was acknowledged has been accepted by each of them, and only what was in flight when something
 * went wrong came twice.
 */
final class Accounts implements AutoCloseable {

    /** What the ordered receiver gets too; the rest goes to the others only. */
    static final String ORDERED_TYPE = "crash.ordered";

    static final String TYPE = "crash.any";

    private static final List<String> UNORDERED = List.of("/fast", "/shaky", "/slow", "/sleepy");
    private static final String FOR_EVER = "\"deactivation\":{\"afterFailures\":0}";

    private static final int SLOW_MILLIS = 1_500;

    /** Longer than a busy machine takes to write an outcome down. */
    private static final Duration IN_FLIGHT = Duration.ofSeconds(3);

    /** A receiver goes on with its answer though nobody is left to hear it. */
    private static final Duration UNHEARD = Duration.ofMillis(SLOW_MILLIS + 1_000);

    private final Tally tally = new Tally();
    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<String> acknowledgedOrdered = new ConcurrentLinkedQueue<>();
    private final List<Incident> incidents = new ArrayList<>();
    private final String sleepy;
    private boolean asleep;

    /** Something went wrong, from then until then, in {@link System#nanoTime()}. */
    record Incident(long from, long until) {

        /** How long it is over. */
        Duration ago() {
            return Duration.ofNanos(System.nanoTime() - until);
        }

        /** A repeat of what was accepted shortly before it, or while it lasted. */
        boolean explains(Tally.Repeat repeat) {
            return repeat.acceptedNanos() > from - IN_FLIGHT.toNanos()
                    && repeat.acceptedNanos() < until + UNHEARD.toNanos();
        }
    }

    Accounts(Client client) {
        tally.is(Accounts::answer);
        var ids = UNORDERED.stream()
                .map(path -> client.subscribe(
                        "crash.*",
                        tally.url(path),
                        "\"concurrency\":32,\"retry\":{\"schedule\":[\"200ms\",\"1s\",\"1s\",\"1s\",\"1s\"]},"
                                + FOR_EVER))
                .toList();
        sleepy = ids.getLast();
        client.subscribe(ORDERED_TYPE, tally.url("/ordered"), "\"ordered\":true," + FOR_EVER);
    }

    private static int answer(String path, int number) {
        switch (path) {
            case "/shaky" -> {
                return number % 10 == 7 ? 500 : 204;
            }
            // Now and then so slow that the attempt gets a row of its own.
            case "/slow" -> Delays.of(number % 100 == 99 ? SLOW_MILLIS : 30);
            default -> {}
        }
        return 204;
    }

    Tally tally() {
        return tally;
    }

    /** Publishers of both types, whose acknowledgements are to be handed in with {@link #add}. */
    static List<Publishers> publishers(WaypostProcess process) {
        return List.of(
                new Publishers(process.admin(), TYPE, 4).pausing(20),
                new Publishers(process.admin(), ORDERED_TYPE, 1).pausing(20));
    }

    void add(List<Publishers> publishers) {
        acknowledged.addAll(publishers.getFirst().acknowledged());
        acknowledgedOrdered.addAll(publishers.getLast().acknowledged());
    }

    void add(Incident incident) {
        incidents.add(incident);
    }

    /** Switches one of the subscriptions off, or on with all it has missed, in turn. */
    void toggle(Client client) {
        // A 503 says to try again, and that is what a client does.
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            if (asleep) {
                client.activateWithReplay(sleepy);
            } else {
                client.deactivate(sleepy);
            }
        });
        asleep = !asleep;
    }

    /** Fails unless all that was acknowledged ends well, once, and in order where order was promised. */
    void settle(Client client, Duration most) {
        if (asleep) {
            toggle(client);
        }
        assertThat(acknowledged).isNotEmpty();
        assertThat(acknowledgedOrdered).isNotEmpty();
        UNORDERED.forEach(path -> awaitAccepted(path, acknowledged, most));
        Stream.concat(UNORDERED.stream(), Stream.of("/ordered"))
                .forEach(path -> awaitAccepted(path, acknowledgedOrdered, most));
        await().atMost(most).untilAsserted(() -> assertWhatWaitsHasADueDate(client));
        await().atMost(most).untilAsserted(client::assertNothingWaits);
        await().atMost(most)
                .until(() ->
                        client.subscription(sleepy).at("/replayBuffer/count").intValue() == 0);
        assertThat(tally.inOrder("/ordered")).isSorted();
        assertRepeatsAreExplained();
    }

    private void awaitAccepted(String path, Collection<String> events, Duration most) {
        await().atMost(most)
                .untilAsserted(
                        () -> assertThat(tally.missing(path, events)).as(path).isEmpty());
    }

    private static void assertWhatWaitsHasADueDate(Client client) {
        var now = Instant.now();
        assertThat(client.deliveries("status=pending")).allMatch(delivery -> isDueAfter(delivery, now));
        assertThat(client.deliveries("status=retrying")).allMatch(delivery -> isDueAfter(delivery, now));
    }

    private static boolean isDueAfter(JsonNode delivery, Instant now) {
        var due = delivery.path("nextAttemptAt");
        return due.isTextual() && Instant.parse(due.textValue()).isAfter(now);
    }

    private void assertRepeatsAreExplained() {
        System.out.printf(
                "%d times something went wrong; %d events acknowledged, %d accepted by five receivers, %d twice%n",
                incidents.size(),
                acknowledged.size() + acknowledgedOrdered.size(),
                tally.paths().stream().mapToInt(tally::count).sum(),
                repeats());
        assertThat(tally.paths().stream().flatMap(path -> tally.repeats(path).stream()))
                .allMatch(repeat -> incidents.stream().anyMatch(incident -> incident.explains(repeat)));
    }

    /** How often something came that had been accepted before. */
    int repeats() {
        return tally.paths().stream()
                .mapToInt(path -> tally.repeats(path).size())
                .sum();
    }

    @Override
    public void close() {
        tally.close();
    }
}

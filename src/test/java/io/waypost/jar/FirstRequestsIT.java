package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests that come at once to a jar that has just started load classes at once, all from the one file, on threads that
 * share two carriers.
 */
class FirstRequestsIT {

    private static final String EVENT =
            "{\"type\":\"message.opened\",\"data\":{\"contact\":{\"email\":\"a@b.example\"}}}";

    /** Each needs classes that the others do not. */
    private static final List<Request> REQUESTS = List.of(
            new Request(200, false, "GET", "/openapi.json", null),
            new Request(200, false, "GET", "/actuator/health", null),
            new Request(200, false, "GET", "/console/reference", null),
            new Request(200, false, "GET", "/console/events", null),
            new Request(404, false, "POST", "/in/stripe/nobody", "{}"),
            new Request(200, true, "GET", "/actuator/prometheus", null),
            new Request(200, true, "GET", "/v1/connectors", null),
            new Request(202, true, "POST", "/v1/events", EVENT),
            new Request(400, true, "POST", "/v1/events", "{"),
            new Request(201, true, "POST", "/v1/subscriptions", """
                    {"event": "never.published", "connector": "slack",
                     "config": {"webhookUrl": "https://hooks.slack.com/services/T/B/x"}}
                    """),
            new Request(201, true, "POST", "/hooks", """
                    {"event": "never.published", "target_url": "https://hooks.zapier.com/hooks/1"}
                    """),
            new Request(200, true, "POST", "/v1/subscriptions/preview", """
                    {"subscription": {"event": "message.opened", "url": "https://example.com/hook",
                                      "condition": "$contains(data.contact.email, '@')", "transform": "{'email': data.contact.email}"},
                     "event": %s}
                    """.formatted(EVENT)));

    @TempDir
    private Path home;

    /** @param status what it is to be answered with */
    private record Request(int status, boolean withKey, String method, String path, String body) {

        /** What is wrong with its answer, or empty. */
        String fault(WaypostProcess waypost) {
            var api = withKey ? waypost.admin() : waypost.api(null);
            try {
                var answer = api.send(method, path, body);
                return answer.status() == status
                        ? ""
                        : "%s %s: %d %s".formatted(method, path, answer.status(), answer.text());
            } catch (IllegalStateException e) {
                return "%s: %s".formatted(e.getMessage(), e.getCause());
            }
        }
    }

    @Test
    void givenFirstRequestsAtOnce_thenEachIsAnswered() {
        assertThat(faults(2)).isEmpty();
    }

    @Test
    @Tag("long")
    void givenFirstRequestsAtOnceAfterManyStarts_thenEachIsAnswered() {
        assertThat(faults(20)).isEmpty();
    }

    /** Starts it so many times, two side by side; what is wrong after which start. */
    private List<String> faults(int starts) {
        try (var sideBySide = Executors.newFixedThreadPool(2)) {
            return together(sideBySide, starts, this::faultsAfterStart)
                    .flatMap(List::stream)
                    .toList();
        }
    }

    private List<String> faultsAfterStart(int number) {
        try (var waypost = WaypostProcess.in(directory("start-" + number)).withFlag("-XX:ActiveProcessorCount=2");
                var clients = Executors.newFixedThreadPool(REQUESTS.size())) {
            waypost.launch().awaitListening();
            return together(clients, REQUESTS.size(), i -> REQUESTS.get(i).fault(waypost))
                    .filter(fault -> !fault.isEmpty())
                    .map(fault -> "start " + number + ": " + fault)
                    .toList();
        }
    }

    private static <T> Stream<T> together(Executor threads, int times, IntFunction<T> work) {
        var begun = IntStream.range(0, times)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> work.apply(i), threads))
                .toList();
        return begun.stream().map(CompletableFuture::join);
    }

    private Path directory(String name) {
        try {
            return Files.createDirectory(home.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

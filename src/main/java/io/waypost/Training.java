package io.waypost;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;

/**
 * A short life of a gateway for the JDK to watch: {@code java -XX:AOTCacheOutput=waypost.aot -jar waypost.jar --waypost.train}
 * starts one on an empty database of its own, publishes events to itself, and ends when they are delivered. What the JDK keeps
 * of it (JEP 514: loaded and linked classes; JEP 515: what is called often) makes later starts quick. It takes no notice of the
 * settings of a real gateway, its database above all.
 */
final class Training {

    private static final Logger log = LoggerFactory.getLogger(Training.class);

    private static final String OPTION = "--waypost.train";

    /** Enough for the profiles of everything that an event goes through. */
    private static final int EVENTS = 20_000;

    /** All of them are made before the first is published. */
    private static final int MOST = 1_000_000;

    private static final int PUBLISHERS = 16;

    /** Of a batch. */
    private static final int AT_ONCE = 50;

    /** Subscriptions to an event that goes to many; a tenth of the events does. */
    private static final int MANY = 10;

    private static final Duration LONGEST = Duration.ofMinutes(3);

    private final int events;
    private final String key = UUID.randomUUID().toString();
    private final int batchesToMany;
    private final int batchesToOne;
    private final int singles;
    private final CountDownLatch received;

    private Training(int events) {
        this.events = events;
        batchesToMany = events / 10 / AT_ONCE;
        batchesToOne = events * 2 / 5 / AT_ONCE;
        singles = events - (batchesToMany + batchesToOne) * AT_ONCE;
        received = new CountDownLatch(events + batchesToMany * AT_ONCE * (MANY - 1));
    }

    /**
     * The training that the arguments ask for, with {@code --waypost.train} or {@code --waypost.train=EVENTS}.
     *
     * @throws IllegalArgumentException if the number of events is none, less than 1 or more than 1,000,000
     */
    static Optional<Training> askedFor(String... arguments) {
        return Arrays.stream(arguments)
                .filter(argument -> argument.equals(OPTION) || argument.startsWith(OPTION + "="))
                .findFirst()
                .map(argument -> new Training(
                        argument.equals(OPTION) ? EVENTS : number(argument.substring(OPTION.length() + 1))));
    }

    private static int number(String text) {
        try {
            var number = Integer.parseInt(text);
            if (number > 0 && number <= MOST) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Said below, with what it should be.
        }
        throw new IllegalArgumentException("%s=%s: give the number of events, 1 to %d".formatted(OPTION, text, MOST));
    }

    /**
     * Starts the gateway, and ends it when it has delivered everything.
     *
     * @return the exit code of the process: 0 if all was delivered in time
     */
    int run() throws IOException, InterruptedException {
        var home = Files.createTempDirectory("waypost-training");
        try (var receiver = new Receiver();
                var gateway = start(home)) {
            var port = ((WebServerApplicationContext) gateway).getWebServer().getPort();
            publish(URI.create("http://127.0.0.1:" + port), receiver.url());
            if (!received.await(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
                log.error("{} deliveries have not arrived", received.getCount());
                return 1;
            }
            log.info("{} events were delivered", events);
            return 0;
        } finally {
            FileSystemUtils.deleteRecursively(home);
        }
    }

    /** Arguments beat environment variables: those of a real gateway may be set here. */
    private ConfigurableApplicationContext start(Path home) {
        var nowhere = home.resolve("none").toString();
        return SpringApplication.run(
                Waypost.class,
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--waypost.data-dir=" + home.resolve("data"),
                "--waypost.db.url=",
                "--waypost.admin-key=" + key,
                "--waypost.allow-private-networks=true",
                "--waypost.connectors-dir=" + nowhere,
                "--waypost.routes-dir=" + nowhere,
                "--waypost.inbox-dir=",
                "--waypost.mail.host=",
                "--waypost.drain=0s");
    }

    /** Half of the events in batches, some of which go to many, then the others one by one. */
    private void publish(URI gateway, String receiver) throws InterruptedException {
        var bodies = new ConcurrentLinkedQueue<String>();
        bodies.addAll(Collections.nCopies(batchesToOne, batch("training.one")));
        bodies.addAll(Collections.nCopies(batchesToMany, batch("training.many")));
        bodies.addAll(Collections.nCopies(singles, event("training.one")));
        try (var client = HttpClient.newHttpClient();
                var publishers = Executors.newFixedThreadPool(PUBLISHERS)) {
            subscribe(client, gateway, "training.one", receiver);
            for (int i = 0; i < MANY; i++) {
                subscribe(client, gateway, "training.many", receiver);
            }
            Callable<Void> publisher = () -> {
                for (var body = bodies.poll(); body != null; body = bodies.poll()) {
                    post(client, gateway.resolve("/v1/events"), body);
                }
                return null;
            };
            for (var done : publishers.invokeAll(Collections.nCopies(PUBLISHERS, publisher))) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("The events cannot be published", e.getCause());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String batch(String type) {
        return Collections.nCopies(AT_ONCE, event(type)).toString();
    }

    private static String event(String type) {
        return "{\"type\":\"%s\",\"data\":{\"text\":\"%s\",\"number\":7}}".formatted(type, "x".repeat(500));
    }

    private void subscribe(HttpClient client, URI gateway, String type, String receiver)
            throws IOException, InterruptedException {
        post(
                client,
                gateway.resolve("/v1/subscriptions"),
                "{\"event\":\"%s\",\"url\":\"%s\"}".formatted(type, receiver));
    }

    private void post(HttpClient client, URI url, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(url)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .timeout(LONGEST)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IllegalStateException("%s is answered %d: %s".formatted(url, answer.statusCode(), answer.body()));
        }
    }

    /** Takes whatever comes, and counts it. */
    private final class Receiver implements AutoCloseable {

        private final HttpServer server;

        Receiver() {
            try {
                server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            server.createContext("/", exchange -> {
                exchange.getRequestBody().readAllBytes();
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
                received.countDown();
            });
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.start();
        }

        String url() {
            return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}

package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Client;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String KEY = Base64.getEncoder().encodeToString("0123456789abcdef0123456789abcdef".getBytes());
    private static final String SUBSCRIPTION = "{\"event\":\"a.b\",\"url\":\"http://127.0.0.1:9/hook\"}";

    @TempDir
    private Path home;

    private final List<WaypostProcess> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(WaypostProcess::close);
    }

    private WaypostProcess waypost() {
        return ended(WaypostProcess.unpackedIn(home));
    }

    private WaypostProcess ended(WaypostProcess process) {
        started.add(process);
        return process;
    }

    @Test
    void theFirstStartSaysHowToGoOnAndTheNextOneFindsEverythingAgain() throws IOException {
        var first = ended(WaypostProcess.in(home)).start();
        assertItSaysHowToGoOn(first);
        assertThat(mode("data/admin.key")).isEqualTo("rw-------");
        assertThat(mode("data/secret.key")).isEqualTo("rw-------");
        var key = first.read("data/admin.key");
        first.admin().post("/v1/subscriptions", SUBSCRIPTION).expect(422);
        first.admin().post("/v1/tenants", "{\"id\":\"shop\"}").expect(201);
        var event = new Client(first.admin()).publish("a.b", 1, 1).getFirst();

        assertASecondProcessIsRefused(first);
        first.terminate();
        first.awaitEnd(Duration.ofSeconds(10));

        var second = waypost()
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .with("WAYPOST_CONNECTORS_DIR", connectors().toString())
                .with("WAYPOST_ROUTES_DIR", routes().toString())
                .withArgument("--waypost.flows.brokers.mq.url=tcp://127.0.0.1:1")
                .withArgument("--waypost.flows.datasources.shop.url=jdbc:h2:mem:shop")
                .start();
        assertThat(second.read("data/admin.key")).isEqualTo(key);
        second.admin().get("/v1/events/" + event).expect(200);
        second.admin().post("/v1/subscriptions", SUBSCRIPTION).expect(201);
        second.admin().get("/v1/connectors/mine").expect(200);
        assertThat(second.admin().get("/v1/routes").expect(200).json().path("data"))
                .extracting(route -> route.path("id").textValue() + route.path("state") + route.path("error"))
                .containsExactly("ticking\"started\"null");
        assertThat(second.admin().get("/console/flows").expect(200).text()).contains("href=\"flows.md\"");
        assertThat(second.admin().get("/console/flows.md").expect(200).text()).startsWith("# Flows");
        second.kill();

        assertThat(refusal(waypost().with("WAYPOST_SECRET_KEY", KEY)))
                .contains("The secret key is not the one", "WAYPOST_PREVIOUS_SECRET_KEYS");
    }

    private static void assertItSaysHowToGoOn(WaypostProcess first) {
        await().atMost(SOON).until(() -> first.output().getLast().contains("Try:"));
        var last =
                first.output().subList(first.output().size() - 4, first.output().size());
        assertThat(last.get(0)).contains("Waypost listens on http://localhost:");
        assertThat(last.get(1)).contains("/data;", "admin key: ", "/data/admin.key");
        assertThat(last.get(2)).contains("WAYPOST_ALLOW_PRIVATE_NETWORKS=true");
        assertThat(last.get(3))
                .contains("curl -H \"Authorization: Bearer $(cat ", "/data/admin.key)\" http://localhost:");
        assertThat(first.text())
                .doesNotContain("WARN", "ERROR", first.read("data/admin.key").strip());
    }

    private void assertASecondProcessIsRefused(WaypostProcess first) {
        assertThat(refusal(waypost())).contains("in use by another process", "WAYPOST_DATA_DIR", "WAYPOST_DB_URL");
        first.admin().get("/v1/connectors").expect(200);
    }

    @Test
    void everySettingCanBeGivenByItsEnvironmentVariable() {
        var url = TestDatabases.postgresUrl();
        var waypost = waypost()
                .with("WAYPOST_DB_URL", url.substring(0, url.indexOf('?')))
                .with("WAYPOST_DB_USER", "postgres")
                .with("WAYPOST_DB_PASSWORD", "any")
                .with("WAYPOST_ADMIN_KEY", "the-admin-key-of-this-test")
                .with("WAYPOST_SECRET_KEY", KEY)
                .with("WAYPOST_RETENTION", "1s")
                .withArgument("--waypost.retention-every=200ms")
                .start();

        var event = new Client(waypost.admin()).publish("a.b", 1, 1).getFirst();

        await().atMost(SOON)
                .until(() -> waypost.admin().get("/v1/events/" + event).status() == 404);
        assertThat(home.resolve("data")).doesNotExist();
        assertThat(waypost.text())
                .doesNotContain(KEY, "the-admin-key-of-this-test")
                .contains(url.substring(0, url.indexOf('?')));
    }

    @Test
    void whatCannotWorkIsRefusedWithOneMessageThatSaysWhatToDo() throws IOException {
        var file = Files.createFile(home.resolve("file"));
        var retention = waypost().with("WAYPOST_RETENTION", "fortnight").launch();
        var database = waypost()
                .with("WAYPOST_DB_URL", "postgres://me:secret-password@localhost/waypost")
                .launch();
        var directory = waypost()
                .with("WAYPOST_DATA_DIR", file.resolve("data").toString())
                .launch();
        var away = waypost()
                .with("WAYPOST_DB_URL", "jdbc:postgresql://127.0.0.1:1/waypost")
                .with("WAYPOST_DB_PASSWORD", "secret-password")
                .launch();

        var temporary = waypost()
                .withFlag("-Djava.io.tmpdir=" + home.resolve("nowhere"))
                .with("WAYPOST_DATA_DIR", home.resolve("of-its-own").toString())
                .launch();

        assertThat(oneMessage(temporary)).contains("no directory for temporary files", "-Djava.io.tmpdir=");
        assertThat(oneMessage(retention)).contains("waypost.retention", "fortnight", "is not a valid duration");
        assertThat(oneMessage(database)).contains("WAYPOST_DB_URL", "jdbc:postgresql://HOST/NAME");
        assertThat(oneMessage(directory)).contains(file.toString(), "WAYPOST_DATA_DIR");
        assertThat(oneMessage(away)).contains("127.0.0.1:1", "WAYPOST_DB_URL");
    }

    @Test
    void aPathForWhichTheLocaleHasNoLettersIsRefusedAndNoOtherIsMade() throws IOException, InterruptedException {
        var place = home.resolve("place");
        Files.createDirectory(place);
        // By a shell: this JVM may have no letters for it either.
        var variable = inUmlauts("WAYPOST_DATA_DIR=$(printf 'd\\303\\244ta') exec \"$@\"", place);
        assertThat(variable).contains("cannot be used here", "LC_ALL=C.UTF-8");
        var working = inUmlauts("d=$(printf 'd\\303\\244ta'); mkdir \"$d\"; cd \"$d\" && exec \"$@\"", place);
        assertThat(working).contains("working directory cannot be used", "LC_ALL=C.UTF-8", "WAYPOST_DATA_DIR");
        try (var made = Files.newDirectoryStream(place)) {
            assertThat(made).hasSize(1);
        }
    }

    private String inUmlauts(String script, Path place) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(WaypostProcess.unpackedIn(place).command());
        var builder = new ProcessBuilder(command).directory(place.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("WAYPOST_"));
        builder.environment().putAll(Map.of("LC_ALL", "C", "SERVER_PORT", "0", "SERVER_ADDRESS", "127.0.0.1"));
        var process = builder.start();
        try {
            assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
            var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(process.exitValue()).as(text).isEqualTo(1);
            assertThat(text).containsOnlyOnce("APPLICATION FAILED TO START").doesNotContain("\tat ");
            return text;
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aPortThatIsInUseIsRefusedWithOneMessageThoughThePipelineRanBefore() throws IOException {
        try (var used = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var port = String.valueOf(used.getLocalPort());

            assertThat(refusal(waypost().with("SERVER_PORT", port))).contains("Port " + port + " was already in use");
        }
    }

    private String refusal(WaypostProcess process) {
        return oneMessage(ended(process).launch());
    }

    /** What it says when it refuses to start, which must be one thing and no stack trace. */
    private static String oneMessage(WaypostProcess process) {
        var text = process.awaitRefusal();
        assertThat(text)
                .containsOnlyOnce("APPLICATION FAILED TO START")
                .containsOnlyOnce(" ERROR ")
                .doesNotContain(" WARN ", "\tat ", "secret-password");
        return text;
    }

    private Path routes() throws IOException {
        var directory = Files.createDirectories(home.resolve("routes-of-mine"));
        Files.writeString(directory.resolve("ticking.camel.yaml"), """
                - route:
                    id: ticking
                    from:
                      uri: cron:tick?schedule=0+0+3+*+*+?
                      steps:
                        - setBody: {simple: "${header.x}"}
                        - filter:
                            language: {language: jsonata, expression: $exists(a)}
                            steps:
                              - to: kafka:ticks?brokers=127.0.0.1:1
                              - to: jms:queue:ticks?connectionFactory=#mq
                              - to: sql:select 1?dataSource=#shop
                              - to: http://127.0.0.1:1/
                              - to: waypost:publish
                """);
        return directory;
    }

    private Path connectors() throws IOException {
        var directory = Files.createDirectory(home.resolve("my-connectors"));
        var slack = Files.readString(Path.of("connectors/slack.kamelet.yaml"));
        Files.writeString(directory.resolve("mine.kamelet.yaml"), slack.replace("name: slack", "name: mine"));
        return directory;
    }

    private String mode(String file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(file)));
    }
}

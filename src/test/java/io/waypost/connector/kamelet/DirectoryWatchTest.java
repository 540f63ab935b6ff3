package io.waypost.connector.kamelet;

import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Masking;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.platform.files.DirectoryWatch;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryWatchTest {

    private static final String ACME = """
            kind: Kamelet
            metadata: {name: acme}
            spec:
              definition:
                title: Acme
                type: object
                required: [url]
                properties:
                  url: {title: Server, type: string}
                  key: {title: Key, type: string, format: password, x-descriptors: ["urn:camel:group:credentials"]}
              x-waypost:
                request: {url: "{url}/one", body: '{"n": data.n}'}
            """;

    @TempDir
    private Path directory;

    private ConnectorsUnderTest connectors;
    private Receiver receiver;

    @BeforeEach
    void start() {
        connectors = new ConnectorsUnderTest(true, directory.resolve("later"));
        receiver = new Receiver();
    }

    @AfterEach
    void stop() {
        receiver.close();
        connectors.close();
    }

    @Test
    void aFileThatIsDroppedInIsAConnectorAtOnceAndWithItGone() throws IOException {
        assertThat(connectors.catalog().find("acme")).isEmpty();

        write(ACME);

        assertThat(send()).isInstanceOf(Succeeded.class);
        assertThat(receiver.received().getFirst().path()).isEqualTo("/one");

        Files.delete(file());
        look();

        assertThat(connectors.catalog().find("acme")).isEmpty();
        assertThat(connectors.catalog().all())
                .extracting(ConnectorDescription::name)
                .doesNotContain("acme");
    }

    @Test
    void aFileThatChangesIsTheNewConnectorAndLeavesNothingOfTheOldInCamel() throws IOException {
        write(ACME);
        send();
        var endpoints = connectors.camel().getEndpoints().size();
        var routes = connectors.camel().getRoutesSize();

        for (int i = 0; i < 5; i++) {
            write(ACME.replace("/one", "/more" + i));
            send();
            look();
        }

        assertThat(receiver.received().getLast().path()).isEqualTo("/more4");
        assertThat(connectors.camel().getRoutesSize()).isEqualTo(routes);
        assertThat(connectors.camel().getEndpoints()).hasSize(endpoints);
    }

    @Test
    void anAttemptUnderWayEndsAsItBegan() throws Exception {
        write(ACME);
        var arrived = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        receiver.answers((request, exchange) -> {
            arrived.countDown();
            Receiver.onceOpen(go, Receiver.status(204)).to(request, exchange);
        });
        var old = CompletableFuture.supplyAsync(this::send);
        arrived.await();

        write(ACME.replace("/one", "/two"));
        look();
        go.countDown();

        assertThat(old.join()).isInstanceOf(Succeeded.class);
        assertThat(send()).isInstanceOf(Succeeded.class);
        assertThat(receiver.received()).extracting(Receiver.Received::path).containsExactly("/one", "/two");
    }

    @Test
    void aMistakeInAFileIsNamedAndWhatItWasBeforeGoesOn() throws IOException {
        write(ACME);

        write(ACME.replace("data.n}", "data.(}"));

        assertThat(error()).contains("body is no JSONata expression").contains("goes on as it was before");
        assertThat(send()).isInstanceOf(Succeeded.class);

        write(ACME.replace("{url}/one", "{uri}/one"));
        assertThat(error()).contains("names the field uri");
        write(ACME.replace("request:", "requst:"));
        write(ACME.replace("x-waypost:", "x-waypost:\n    sucess: {status: 200}"));
        assertThat(error()).contains("x-waypost.sucess is not known");

        write(ACME.replace("/one", "/mended"));
        assertThat(error()).isNull();
        send();
        assertThat(receiver.received().getLast().path()).isEqualTo("/mended");
    }

    @Test
    void aFileThatIsStillBeingWrittenIsLeftAlone() throws IOException {
        write(ACME);
        Files.writeString(file(), "spec: [half");
        watch().look();

        assertThat(error()).isNull();

        Files.writeString(file(), ACME.replace("/one", "/whole"));
        look();

        assertThat(error()).isNull();
        send();
        assertThat(receiver.received().getLast().path()).isEqualTo("/whole");
    }

    @Test
    void theNameOfAShippedConnectorStaysItsOwn() throws IOException {
        var slack = directory.resolve("later/slack.kamelet.yaml");
        Files.createDirectories(slack.getParent());
        Files.writeString(slack, ACME.replace("acme", "slack"));
        look();

        assertThat(connectors.catalog().all())
                .filteredOn(c -> c.name().equals("slack.kamelet.yaml"))
                .singleElement()
                .satisfies(c -> assertThat(c.error()).contains("shipped"));

        Files.delete(slack);
        look();

        assertThat(connectors.catalog().all())
                .extracting(ConnectorDescription::name)
                .contains("slack")
                .doesNotContain("slack.kamelet.yaml");
    }

    @Test
    void withoutItsFileNobodyKnowsWhatIsSecretSoThatEverythingIs() throws IOException {
        write(ACME);
        var config = object("{'url':'https://example.com','key':'k3y'}");
        var masking = connectors.get(Masking.class);
        assertThat(masking.mask("acme", config)).isEqualTo(object("{'url':'https://example.com','key':'***'}"));

        Files.delete(file());
        look();

        assertThat(masking.mask("acme", config)).isEqualTo(object("{'url':'***','key':'***'}"));
        assertThat(masking.unmask("acme", object("{'url':'***','key':'***'}"), config))
                .isEqualTo(config);
    }

    private Path file() {
        return directory.resolve("later/acme.kamelet.yaml");
    }

    private void write(String content) throws IOException {
        Files.createDirectories(file().getParent());
        var before = Files.exists(file()) ? Files.getLastModifiedTime(file()) : null;
        await().until(() -> {
            Files.writeString(file(), content);
            return !Files.getLastModifiedTime(file()).equals(before);
        });
        look();
    }

    /** What the watch does within a second. */
    private void look() {
        watch().look();
        watch().look();
    }

    private DirectoryWatch watch() {
        return connectors.get(DirectoryWatch.class);
    }

    private Outcome send() {
        return connectors.connector("acme").send(message("acme", "{'url':'%s'}".formatted(receiver.url(""))));
    }

    private String error() {
        return connectors.catalog().all().stream()
                .filter(c -> c.name().equals("acme"))
                .findFirst()
                .orElseThrow()
                .error();
    }
}

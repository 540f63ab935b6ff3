package io.waypost.connector.file;

import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.pool.Attempts;
import io.waypost.connector.pool.Shape;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileTest {

    private static ConnectorsUnderTest connectors;
    private static ConnectorDescription described;

    @TempDir
    private Path directory;

    private Path root;
    private FileDialect file;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
        described = connectors.connector("file").description();
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @BeforeEach
    void open() {
        root = directory.resolve("allowed");
        file = new FileDialect(new Shape(described.schema(), connectors.get(Expressions.class)), new Attempts(), root);
    }

    @Test
    void eachEventIsALineInTheTenantsFile() throws IOException {
        assertThat(send("\\\"a/\\\" & type & \\\".jsonl\\\"")).isEqualTo(new Succeeded(null, null));
        assertThat(send("\\\"a/\\\" & type & \\\".jsonl\\\"")).isEqualTo(new Succeeded(null, null));

        var lines = Files.readAllLines(root.resolve("default/a/message.opened.jsonl"));
        assertThat(lines).hasSize(2);
        assertThat(Json.read(lines.getFirst())).isEqualTo(event("{\"n\":1}").toJson());
    }

    @Test
    void aBatchIsALineForEach() throws IOException {
        var message =
                message("file", "{'path':'\\\"b\\\"','body':'data.events'}", event("{\"events\":[1,\"two\\n\"]}"));

        assertThat(file.send(message)).isInstanceOf(Succeeded.class);

        assertThat(Files.readString(root.resolve("default/b"))).isEqualTo("1\n\"two\\n\"\n");
    }

    @Test
    void linesOfManyAtOnceStayWhole() throws IOException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            IntStream.range(0, 50).forEach(_ -> threads.submit(() -> send("\\\"many\\\"")));
        }

        assertThat(Files.readAllLines(root.resolve("default/many"))).hasSize(50).allSatisfy(line -> assertThat(
                        Json.read(line).path("type").asText())
                .isEqualTo("message.opened"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../x",
                "/etc/passwd",
                "a/../../x",
                "a//b",
                "",
                "./x",
                ".hidden",
                "a\\\\b",
                "a b",
                "{{env:HOME}}",
                "~/x",
                "a/b/c/d/e/f/g/h/i"
            })
    void aPathThatLeadsElsewhereIsRefused(String path) {
        var message = message("file", "{'path':'data.p'}", event("{\"p\":\"%s\"}".formatted(path)));

        assertThatThrownBy(() -> file.send(message))
                .isInstanceOf(ExpressionFailed.class)
                .hasMessageStartingWith("path: must be ");
        assertThat(root).doesNotExist();
    }

    @Test
    void noSymbolicLinkIsFollowed() throws IOException {
        var outside = Files.createDirectories(directory.resolve("outside"));
        var secret = Files.writeString(outside.resolve("secret"), "mine");
        var own = Files.createDirectories(root.resolve("default"));
        Files.createSymbolicLink(own.resolve("dir"), outside);
        Files.createSymbolicLink(own.resolve("file"), secret);
        Files.createSymbolicLink(own.resolve("dangling"), outside.resolve("made"));

        for (var path : new String[] {"dir/x", "dir/deeper/x", "file", "dangling"}) {
            var outcome = send("\\\"%s\\\"".formatted(path));
            assertThat(outcome.failure()).as(path).isEqualTo(Failure.CONNECTOR_FAILED);
            assertThat(outcome.detail()).doesNotContain(directory.toString());
        }
        assertThat(secret).hasContent("mine");
        assertThat(outside).isDirectoryContaining(file -> file.equals(secret)).satisfies(dir -> {
            try (var files = Files.list(dir)) {
                assertThat(files).hasSize(1);
            }
        });
    }

    @Test
    void aTenantCannotReplaceItsDirectoryByALink() throws IOException {
        var other = Files.createDirectories(root.resolve("other"));
        Files.createSymbolicLink(root.resolve("default"), other);

        assertThat(send("\\\"x\\\"").failure()).isEqualTo(Failure.CONNECTOR_FAILED);
        assertThat(other).isEmptyDirectory();
    }

    @Test
    void withoutADirectoryItIsOff() {
        assertThat(connectors.catalog().violations("file", object("{'path':'id'}")))
                .extracting(Violation::pointer)
                .containsExactly("/path");
        assertThat(connectors.send("file", "{'path':'id'}")).isInstanceOf(Gone.class);
        assertThat(connectors.connector("file").check(object("{'path':'id'}")).ok())
                .isFalse();
    }

    @Test
    void aCheckLooksForTheDirectory() throws IOException {
        assertThat(file.check(object("{'path':'id'}")).ok()).isFalse();
        Files.createDirectories(root);
        assertThat(file.check(object("{'path':'id'}")).ok()).isTrue();
        assertThat(root).isEmptyDirectory();
    }

    private Outcome send(String path) {
        return file.send(message("file", "{'path':'%s'}".formatted(path)));
    }
}

package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Json;
import io.waypost.testing.Gateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What is secret is found nowhere in the clear: not in any byte of the database's files, not in the log. */
@ExtendWith(OutputCaptureExtension.class)
class SecretsFlowTest extends Flow {

    @TempDir
    private static Path data;

    private static Gateway own;

    private final Random random = new Random(42);

    SecretsFlowTest() {
        super(own);
    }

    @BeforeAll
    static void start() {
        own = Gateway.with(Map.of("waypost.data-dir", data));
    }

    @AfterAll
    static void stop() {
        own.close();
    }

    @Test
    void noSecretIsInTheDatabaseFilesOrTheLogAlsoAfterAnUpdateAndARotation(CapturedOutput output) {
        var secrets = new LinkedHashMap<String, String>();
        receiver.answers(500);
        webhookWithEverything(secrets);
        slack(secrets);
        var last = publish(1);
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + last))
                .extracting(d -> d.path("status").textValue())
                .hasSize(2)
                .doesNotContain("pending", "retrying"));
        gateway.bean(JdbcClient.class).sql("checkpoint sync").update();

        var files = contents();

        assertThat(files).as("what is no secret is found").anyMatch(file -> file.contains("an-app-to-be-found"));
        secrets.forEach((what, secret) -> {
            assertThat(files).as(what).noneMatch(file -> file.contains(secret));
            assertThat(output.getAll()).as(what).doesNotContain(secret);
        });
    }

    private void webhookWithEverything(Map<String, String> secrets) {
        var signing = key();
        secrets.put("signing secret", signing);
        secrets.put("signing secret's bytes", latin1(Base64.getDecoder().decode(signing)));
        for (var what : List.of("Authorization", "header", "password")) {
            secrets.put(what, "plain-" + what + "-1");
            secrets.put(what + " after the update", "plain-" + what + "-2");
        }
        var created = api.post(
                        "/v1/subscriptions",
                        "{\"app\":\"an-app-to-be-found\",\"event\":\"order.created\",\"secret\":\"whsec_%s\",\"retry\":{\"schedule\":[\"20ms\"]},\"config\":%s}"
                                .formatted(signing, config(1)),
                        "Idempotency-Key",
                        "create")
                .expect(201)
                .json();
        var path = "/v1/subscriptions/" + created.path("id").textValue();
        publish(0);
        api.patch(path, "{\"config\":%s}".formatted(config(2))).expect(200);
        api.post(path + "/test", null).expect(200);
        var rotated = api.post(path + "/secret/rotate", "{\"grace\":\"24h\"}", "Idempotency-Key", "rotate")
                .expect(200)
                .json()
                .path("secret")
                .textValue();
        secrets.put("rotated secret", rotated.substring("whsec_".length()));
    }

    private String config(int version) {
        return "{\"url\":\"http://bob:plain-password-%1$d@127.0.0.1:%2$d/hook\",\"headers\":{\"Authorization\":\"Bearer plain-Authorization-%1$d\",\"X-Api-Key\":\"plain-header-%1$d\"}}"
                .formatted(version, receiver.port());
    }

    /** One that cannot be reached: what is said about the failure must not name the URL. */
    private void slack(Map<String, String> secrets) {
        secrets.put("Slack's URL", "T0/B0/nobody-may-see-it");
        secrets.put("Slack's URL after the update", "T1/B1/nor-this-one");
        secrets.put("Slack's token", "xoxb-plain");
        var id = create(
                "{\"event\":\"order.created\",\"connector\":\"slack\",\"retry\":{\"schedule\":[]},\"deactivation\":{\"afterFailures\":2,\"over\":\"0s\"},\"config\":{\"webhookUrl\":\"http://127.0.0.1:1/services/T0/B0/nobody-may-see-it\"}}");
        publish(0);
        api.patch(
                        "/v1/subscriptions/" + id,
                        "{\"config\":{\"webhookUrl\":\"http://127.0.0.1:1/services/T1/B1/nor-this-one\"}}")
                .expect(200);
        var token = Json.object().put("token", "xoxb-plain").put("channel", "C1");
        create("{\"event\":\"never.happens\",\"connector\":\"slack\",\"config\":%s}".formatted(token));
    }

    private String key() {
        var bytes = new byte[32];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** The files of the data directory byte for byte, but for the key that is kept in one. */
    private static List<String> contents() {
        try (var files = Files.walk(data)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().endsWith(".key"))
                    .map(SecretsFlowTest::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return latin1(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}

package io.waypost.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waypost.event.EventTypes;
import io.waypost.intake.source.SourceKinds;
import io.waypost.subscription.DeliveryProfile;
import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The reference of what a webhook gets, and what the pages say of where events come from, held to what is. */
class ReferencePageTest {

    private static final Path SAMPLES = Path.of("src/test/resources/sources");

    private final Gateway gateway = Gateway.shared();
    private final Api anyone = gateway.admin().with(null);

    @Test
    @DisplayName("R13: the reference has the delivery contract with the numbers that the gateway goes by")
    void theNumbersAreThere() {
        var page = anyone.get("/console/reference").expect(200).text();

        assertThat(page)
                .contains(
                        "within <strong>15s</strong>", "first 64 KiB", "tried <strong>10 times</strong>", "up to 20 %")
                .contains(
                        "<td>10</td><td>1d</td><td>75 h 35 min</td>", "up to 1d", "<strong>10 failed attempts</strong>")
                .contains("at least 1h", "next <strong>5d</strong>")
                .doesNotContainPattern("(?<!\\$)\\{[a-z-]+}");
        for (var profile : DeliveryProfile.values()) {
            assertThat(page).contains("<code>" + profile.code() + "</code>");
        }
        assertThat(page).contains("1h, 2h, 3h, 4h, 5h</td><td>exactly 200", "30s, 2880 times", "none, one attempt");
        assertThat(page).contains("href=\"../openapi.json\"");
        assertThat(anyone.get("/openapi.json")
                        .expect(200)
                        .json()
                        .path("openapi")
                        .asText())
                .startsWith("3.1");
    }

    @Test
    @DisplayName("R13: every header that a webhook gets from us is in the reference")
    void everyHeaderThatArrivesIsDescribed() {
        var page = anyone.get("/console/reference").text().toLowerCase(Locale.ROOT);
        try (var receiver = new Receiver()) {
            var tenant = gateway.tenant();
            var made = tenant.post(
                            "/v1/subscriptions",
                            "{\"app\":\"a\",\"event\":\"file.uploaded\",\"url\":\"%s\"}".formatted(receiver.url()))
                    .expect(201)
                    .json();
            tenant.post("/v1/subscriptions/%s/test".formatted(made.path("id").textValue()), "{}")
                    .expect(200);

            assertThat(receiver.received().getFirst().headers().keySet())
                    .filteredOn(name -> name.toLowerCase(Locale.ROOT).matches("(webhook|waypost)-.*|user-agent"))
                    .hasSize(6)
                    .allSatisfy(name -> assertThat(page)
                            .contains("<th scope=\"row\"><code>%s</code>".formatted(name.toLowerCase(Locale.ROOT))));
        }
    }

    /** The samples say what comes in as what; the pages read it off the mappings. */
    @Test
    @DisplayName("R13: each event names the sources that give it")
    void theSourcesOfAnEventAreThoseWhoseSamplesGiveIt() throws IOException {
        var sources = new EventSources();
        var types = gateway.bean(EventTypes.class);
        var kinds = gateway.bean(SourceKinds.class);
        var compared = 0;
        try (var files = Files.walk(SAMPLES)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var vendor = file.getParent().getFileName().toString();
                for (var event : new YAMLMapper().readTree(file.toFile()).path("events")) {
                    var type = event.path("type").asText();
                    // What comes in through the generic source its owner decides.
                    if (types.shipped(type).isPresent() && !vendor.equals("generic")) {
                        assertThat(sources.of(type))
                                .as(file.toString())
                                .contains(kinds.find(vendor).orElseThrow().title());
                        compared++;
                    }
                }
            }
        }
        assertThat(compared).isGreaterThan(20);
        assertThat(sources.of("message.bounced")).containsExactly("Mailjet");
        assertThat(sources.of("user.registered")).isEmpty();
    }
}

package io.waypost.connector.http;

import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Masking;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.connection.SuppliedConfig;
import io.waypost.platform.Json;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the values in a config, for every connector file: secrets stay secret, text stays text. */
class ConnectorConfigContractTest extends ConnectorContract {

    /** What Camel or a shell would make something of. */
    private static final String TEMPTING = "{{env:HOME}} ${sysenv.HOME} RAW(x) {token}";

    @TestFactory
    Stream<DynamicTest> secretsAreNeverReadBack() {
        return cases(ConnectorConfigContractTest::mask);
    }

    @TestFactory
    Stream<DynamicTest> whatLooksLikeAPlaceholderReachesTheOtherSideAsText() {
        return cases(ConnectorConfigContractTest::tempt);
    }

    @TestFactory
    Stream<DynamicTest> everySampleCanBeSent() {
        return cases(ConnectorConfigContractTest::samples);
    }

    @TestFactory
    Stream<DynamicTest> thePresetSuitsAnyEvent() {
        return cases(ConnectorConfigContractTest::anyEvent);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "slack|{'token':'t','channel':'c'}",
                "telegram|{'token':'t','chatId':'1'}",
                "twilio-sms|{'accountSid':'AC1','authToken':'t','from':'+15005550006','to':'+15005550009'}",
                "pagerduty|{'routingKey':'r'}",
                "github-issue|{'token':'t','repository':'a/b'}",
                "s3|{'region':'r','bucket':'abc','accessKey':'a','secretKey':'s'}"
            })
    void credentialsOfAServerForTestsNeedNotLookLikeRealOnes(String connector, String config) {
        assertThat(SuppliedConfig.violations(connectors.catalog(), connector, object(config), null))
                .isEmpty();
    }

    private static void mask(ConnectorCase one) {
        var masking = connectors.get(Masking.class);
        var config = one.config(fake.origin());
        var secrets = connectors.connector(one.connector()).description().secretFields();

        var shown = masking.mask(one.connector(), config);

        secrets.stream().filter(config::has).forEach(secret -> {
            assertThat(shown.path(secret).asText()).isEqualTo(Masking.MASK);
            assertThat(shown.toString()).doesNotContain(config.path(secret).asText());
        });
        assertThat(masking.unmask(one.connector(), shown, config)).isEqualTo(config);
    }

    private static void tempt(ConnectorCase one) {
        var config = one.config(fake.origin());
        var properties =
                connectors.connector(one.connector()).description().schema().path("properties");
        var tried = new TreeSet<String>();
        for (var property : properties.properties()) {
            var name = property.getKey();
            var given = config.has(name) || property.getValue().has("default");
            var text = property.getValue().path("type").asText().equals("string");
            if (text && given && one.reachesTheOtherSide(name)) {
                tempt(one, config.deepCopy(), name, property.getValue());
                tried.add(name);
            }
        }
        assertThat(tried).as("fields that were tried").isNotEmpty();
    }

    private static void tempt(ConnectorCase one, ObjectNode config, String name, JsonNode property) {
        var given = config.path(name).asText();
        var isUrl = given.startsWith(fake.origin());
        var text = one.prefix(name) + (isUrl ? TEMPTING.replace(" ", "/") : TEMPTING);
        if (property.path("format").asText().equals("jsonata")) {
            config.put(name, one.givesAnObject(name) ? "{\"x\": \"" + text + "\"}" : "\"" + text + "\"");
        } else {
            config.put(name, isUrl ? given + "/" + text : text);
        }
        if (!connectors.catalog().violations(one.connector(), config).isEmpty()) {
            assertThat(property.has("enum") || property.has("pattern"))
                    .as(name + " is refused only for what its schema says")
                    .isTrue();
            return;
        }
        fake.answers(one.accepted());

        send(one, config);

        assertThat(fake.only().readable()).as(name).contains(text);
    }

    private static void samples(ConnectorCase one) {
        var samples = ConnectorCase.hub(one.connector()).path("samples");
        var properties =
                connectors.connector(one.connector()).description().schema().path("properties");
        for (var sample : samples) {
            var title = sample.path("title").asText();
            var config = one.config(fake.origin());
            config.setAll((ObjectNode) sample.path("config"));
            assertThat(title).isNotBlank();
            sample.path("config").fieldNames().forEachRemaining(field -> assertThat(properties.has(field))
                    .as(title + " has " + field)
                    .isTrue());
            fake.answers(one.accepted());

            assertThat(send(one, config)).as(title).isInstanceOf(Succeeded.class);
        }
    }

    private static void anyEvent(ConnectorCase one) {
        var config = one.config(fake.origin());
        var connector = connectors.connector(one.connector());
        connector.description().schema().path("properties").properties().forEach(property -> {
            if (property.getValue().path("format").asText().equals("jsonata")
                    && property.getValue().has("default")) {
                config.remove(property.getKey());
            }
        });
        var many = Json.object().put("email", "ana@example.com");
        IntStream.range(0, 60).forEach(i -> many.put("field & <" + i + "> @all", "*_`\"\n".repeat(250)));
        var events = Stream.of(
                "{\"email\":\"ana@example.com\"}",
                "{\"email\":\"ana@example.com\",\"none\":null,\"deep\":{\"a\":[1.10,{}]},\"n\":18859015918863553}",
                Json.write(many));
        var plain = Stream.of("{}", "null", "[1,2]", "\"text\"", "7").filter(_ -> !one.needsAnAddress());
        Stream.concat(events, plain).forEach(data -> {
            fake.answers(one.accepted());

            var message =
                    ConnectorsUnderTest.message(one.connector(), Json.write(config), ConnectorsUnderTest.event(data));

            assertThat(connector.send(message))
                    .as(data.substring(0, Math.min(80, data.length())))
                    .isInstanceOf(Succeeded.class);
            assertThat(fake.only().body()).hasSizeLessThan(2 * 1024 * 1024);
        });
    }
}

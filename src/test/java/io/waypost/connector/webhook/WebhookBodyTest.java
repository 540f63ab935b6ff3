package io.waypost.connector.webhook;

import static io.waypost.connector.ConnectorsUnderTest.NOW;
import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.event.Event;
import io.waypost.platform.Json;
import java.io.ByteArrayInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;

/** What a webhook says, in each format. */
class WebhookBodyTest extends WebhookCalls {

    private static final String DATA = "{\"big\":18859015918863553123456,\"price\":1.10,\"tiny\":1e-7}";

    @Test
    void jsonKeepsEveryDigit() {
        var sent = event(DATA);

        send("{'url':'%s/hook?x=1'}", sent);

        assertThat(last.method()).isEqualTo("POST");
        assertThat(last.uri()).isEqualTo("/hook?x=1");
        assertThat(last.body())
                .isEqualTo(
                        "{\"type\":\"message.opened\",\"timestamp\":\"2026-03-01T11:59:00Z\",\"data\":%s,\"id\":\"%s\"}"
                                .formatted(DATA, sent.id()));
        assertThat(last.header("Content-Type")).isEqualTo("application/json");
        assertThat(last.header("User-Agent")).startsWith("Waypost/");
        assertThat(last.header("Waypost-Attempt")).isEqualTo("1");
        assertThat(last.header("Waypost-Replay")).isNull();
        assertThat(last.header("Waypost-Test")).isNull();
    }

    @Test
    void aCloudEventCarriesThePublishersIdAndExtensions() {
        var sent = new Event(
                7,
                NOW,
                "default",
                "a.b",
                "/crm",
                "their\"id",
                "sub",
                NOW,
                false,
                "{\"traceid\":\"t\",\"n\":5}",
                DATA,
                false);

        send("{'url':'%s','format':'cloudevents'}", sent);

        assertThat(last.header("Content-Type")).startsWith("application/cloudevents+json");
        assertThat(last.body())
                .isEqualTo("{\"specversion\":\"1.0\",\"id\":\"their\\\"id\",\"source\":\"/crm\",\"type\":\"a.b\","
                        + "\"subject\":\"sub\",\"time\":\"2026-03-01T12:00:00Z\",\"datacontenttype\":\"application/json\","
                        + "\"traceid\":\"t\",\"n\":5,\"data\":" + DATA + "}");
    }

    @Test
    void bytesGoOutAsDataBase64() {
        var sent = new Event(
                7,
                NOW,
                "default",
                "a",
                "/",
                null,
                null,
                NOW,
                false,
                "{\"datacontenttype\":\"image/png\"}",
                "\"AAEC\"",
                true);

        send("{'url':'%s','format':'cloudevents'}", sent);

        assertThat(Json.read(last.body()).path("data_base64").asText()).isEqualTo("AAEC");
        assertThat(Json.read(last.body()).path("datacontenttype").asText()).isEqualTo("image/png");
        assertThat(Json.read(last.body()).has("data")).isFalse();
    }

    @Test
    void xmlSaysWhatJsonSays() throws Exception {
        var data =
                "{\"price\":1.10,\"big\":18859015918863553,\"tags\":[\"a<b\",\"c&d\"],\"no name\":\"x\",\"xmlish\":1,\"größe\":\"\\u0001\\ud83d\\ude00\\r\",\"n\":null,\"deep\":{\"t\":true},\"rows\":[[1,2],[3]],\"none\":[]}";

        send("{'url':'%s','format':'xml'}", event(data));

        assertThat(last.header("Content-Type")).startsWith("application/xml");
        var event = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(last.body().getBytes(UTF_8)))
                .getDocumentElement();
        assertThat(event.getTagName()).isEqualTo("event");
        assertThat(text(event, "type", 0)).isEqualTo("message.opened");
        var inner = (Element) event.getElementsByTagName("data").item(0);
        assertThat(text(inner, "price", 0)).isEqualTo("1.10");
        assertThat(text(inner, "big", 0)).isEqualTo("18859015918863553");
        assertThat(text(inner, "tags", 0)).isEqualTo("a<b");
        assertThat(text(inner, "tags", 1)).isEqualTo("c&d");
        assertThat(text(inner, "größe", 0)).isEqualTo("\uFFFD\uD83D\uDE00\r");
        assertThat(text(inner, "n", 0)).isEmpty();
        assertThat(text(inner, "t", 0)).isEqualTo("true");
        assertThat(inner.getElementsByTagName("rows").getLength()).isEqualTo(2);
        assertThat(text((Element) inner.getElementsByTagName("rows").item(0), "item", 1))
                .isEqualTo("2");
        assertThat(inner.getElementsByTagName("none").getLength()).isZero();
        var odd = (Element) inner.getElementsByTagName("field").item(0);
        assertThat(odd.getAttribute("name")).isEqualTo("no name");
        assertThat(odd.getTextContent()).isEqualTo("x");
    }

    @Test
    void aFormNamesFieldsWithBrackets() {
        var data = "{\"contact\":{\"email\":\"a+b@example.com\",\"tags\":[\"x\",\"y\"]},\"price\":1.10,\"n\":null}";

        send("{'url':'%s','format':'form'}", event(data));

        assertThat(last.header("Content-Type")).isEqualTo("application/x-www-form-urlencoded");
        assertThat(fields(last.body()))
                .containsEntry("type", "message.opened")
                .containsEntry("data[contact][email]", "a+b@example.com")
                .containsEntry("data[contact][tags][1]", "y")
                .containsEntry("data[price]", "1.10")
                .containsEntry("data[n]", "");
    }

    @Test
    void withGetTheFieldsGoIntoTheQueryAndTheEmptyBodyIsSigned() {
        var secret = SigningSecrets.generate("hmac");
        var message =
                with(message("webhook", "{'url':'%s/cb?k=v','method':'GET'}".formatted(url()), event(DATA)), secret);

        connectors.connector("webhook").send(message);

        assertThat(last.method()).isEqualTo("GET");
        assertThat(last.body()).isEmpty();
        assertThat(fields(last.uri().substring(4)))
                .containsEntry("k", "v")
                .containsEntry("data[big]", "18859015918863553123456");
        assertThat(last.header("webhook-signature"))
                .isEqualTo(SigningSecrets.key(secret).sign(message.event().id(), NOW.getEpochSecond(), new byte[0]));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "json        | {\"a\":[1.10,{\"b\":null}]}",
                "xml         | <?xml version=\"1.0\" encoding=\"UTF-8\"?>~<event><a>1.10</a><a><b></b></a></event>",
                "form        | a%5B0%5D=1.10&a%5B1%5D%5Bb%5D="
            })
    void aTransformReplacesWhatIsWritten(String format, String body) {
        var message = message("webhook", "{'url':'%s','format':'%s'}".formatted(url(), format), event(DATA));

        connectors.connector("webhook").send(transformed(message, Json.read("{\"a\":[1.10,{\"b\":null}]}")));

        assertThat(last.body()).isEqualTo(body.replace('~', '\n'));
    }

    @Test
    void aTransformIsTheDataOfACloudEvent() {
        var message = message("webhook", "{'url':'%s','format':'cloudevents'}".formatted(url()), event(DATA));

        connectors.connector("webhook").send(transformed(message, Json.read("{\"a\":1.10}")));

        assertThat(last.body()).endsWith("\"data\":{\"a\":1.10}}");
    }

    private static String text(Element parent, String name, int index) {
        return parent.getElementsByTagName(name).item(index).getTextContent();
    }
}

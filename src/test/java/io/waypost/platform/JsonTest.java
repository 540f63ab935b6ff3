package io.waypost.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "20547678344812791",
                "18859015918863553",
                "1.10",
                "123456789012345678901234567890.12345678901234567890",
                "\"a\\u0000b\"",
                "\"\uD83D\uDE00 \u00E9\"",
                "\"\\ud800\"",
                "\"x\\udc00\uD83D\uDE00\\ud83d\""
            })
    void whatIsReadIsWrittenAgainToTheLetter(String json) {
        var written = Json.write(read(json));

        assertThat(written).isEqualTo(json);
        assertThat(new String(written.getBytes(UTF_8), UTF_8)).isEqualTo(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "[1,]", "{} x", "{\"a\":1,\"a\":2}", "NaN", "\"\t\"", "1e1001", "1e-1001", "1e999999999"
            })
    void whatIsNoJsonIsMalformed(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOfSatisfying(Refused.class, e -> assertThat(e.reason())
                .isEqualTo(Refused.Reason.MALFORMED));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{} {}", "NaN", "// x", "[1"})
    void theParsersOwnOptionsAndClassesAreNobodysBusiness(String json) {
        assertThatThrownBy(() -> read(json))
                .hasMessageStartingWith("The body is not JSON: ")
                .hasMessageContaining("line 1")
                .hasMessageNotContainingAny("Feature", "Source", "com.fasterxml", "`");
    }

    @Test
    void whatIsTooDeepIsToldApartFromWhatIsNoJson() {
        assertThatThrownBy(() -> read("[".repeat(201) + "]".repeat(201)))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("200 levels");
        assertThat(read("[".repeat(200) + "]".repeat(200)).size()).isEqualTo(1);
    }

    @Test
    void bytesThatAreNoUtf8AreMalformed() {
        assertThatThrownBy(() -> Json.read(new byte[] {'"', (byte) 0xC3, '"'})).isInstanceOf(Refused.class);
    }

    private static com.fasterxml.jackson.databind.JsonNode read(String json) {
        return Json.read(json.getBytes(UTF_8));
    }

    @Test
    void ofAnArrayThatIsReadInPartsEachElementIsToldWithItsPlaceAndSize() {
        var told = new ArrayList<String>();

        var count = Json.read(
                "[ 1 , {\"a\": [2]},null]".getBytes(UTF_8),
                3,
                "data",
                (element, index, bytes) -> told.add(index + ":" + element + ":" + bytes));

        assertThat(count).isEqualTo(3);
        assertThat(told).containsExactly("0:1:1", "1:{\"a\":[2]}:10", "2:null:4");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"data\": {\"a\" : [1.10, 1E5],\n\"b\":\"\\u00e9\\ud800 \"}}",
                "\uFEFF { \"x\": 1, \"data\":[ ] , \"y\": {\"data\":{ }}}",
                "{\"data\": \"text\"}",
                "{\"data\": 18859015918863553 }",
                "{\"data\": null}",
                "{\"data\": {\"replaced\": \"\uFFFD\"}}",
                "{\"a\": [{\"data\": [1, 2 ]}]}",
                "[{\"data\": [1]}]",
                "\"data\""
            })
    void whatIsKeptAsItCameIsTheSameAsItsTree(String json) {
        var node = Json.read(json.getBytes(UTF_8), "data");

        assertThat(Json.read(Json.write(node))).isEqualTo(read(json));
        assertThat(Json.read(
                        "[%s]".formatted(json.replace("\uFEFF", "")).getBytes(UTF_8), 1, "data", (element, _, _) -> {
                            assertThat(element).hasToString(node.toString());
                        }))
                .isEqualTo(1);
    }

    @Test
    void whatIsKeptAsItCameHasItsBlanksAndEscapes() {
        var data = "{ \"a\" : \"\\u00e9\\/\",\n \"b\":[1.0, 1e2 ] }";

        var node = Json.read("{\"n\":1,\"data\":%s,\"o\":[]}".formatted(data).getBytes(UTF_8), "data");

        assertThat(Json.textOf(node.get("data"))).isEqualTo(data);
        assertThat(Json.textOf(node.get("n"))).isEqualTo("1");
        assertThat(Json.write(node)).isEqualTo("{\"n\":1,\"data\":%s,\"o\":[]}".formatted(data));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-32BE", "UTF-32LE"})
    void whatIsInAnotherEncodingIsKeptInItsOwnWords(String encoding) {
        var node = Json.read("{\"data\": {\"a\": \"\u00E9\"}}".getBytes(Charset.forName(encoding)), "data");

        assertThat(Json.textOf(node.get("data"))).isEqualTo("{\"a\":\"\u00E9\"}");
    }

    /** An "a" of two bytes: the parser takes it, UTF-8 does not. */
    @Test
    void bytesThatTheParserTakesButUtf8DoesNotAreKeptAsWhatTheParserMadeOfThem() {
        var json = "{\"data\":[\"??\"]}".getBytes(UTF_8);
        json[10] = (byte) 0xC1;
        json[11] = (byte) 0xA1;

        assertThat(Json.textOf(Json.read(json, "data").get("data"))).isEqualTo("[\"a\"]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "{\"data\":{}",
                "{\"data\":{}} x",
                "{\"data\":[1,]}",
                "{\"data\":{\"a\":1,\"a\":2}}",
                "{\"data\":[],\"data\":[]}",
                "{\"data\":[NaN]}",
                "{\"data\":[\"\t\"]}",
                "{\"data\":[1e1001]}",
                "{\"data\":[1e-1001]}",
                "{\"data\":{\"a\":1e999999999}}",
                "{\"data\":{\"a\":01}}",
                "{\"data\":[\"\\x\"]}"
            })
    void whatIsKeptAsItCameIsCheckedAsItsTreeIs(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> Json.read(json.getBytes(UTF_8), "data"))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.reason()).isEqualTo(Refused.Reason.MALFORMED));
        assertThatThrownBy(() -> Json.read("[1,%s]".formatted(json).getBytes(UTF_8), 9, "data", (_, _, _) -> {
                    // What follows an element is found after it.
                }))
                .isInstanceOf(Refused.class);
    }

    @Test
    void whatIsKeptAsItCameGoesNoDeeperAndTakesNoMoreThanItsTreeMay() {
        assertThatThrownBy(() -> Json.read(
                        "{\"data\":%s%s}"
                                .formatted("[".repeat(200), "]".repeat(200))
                                .getBytes(UTF_8),
                        "data"))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("200 levels");
        assertThatThrownBy(() -> Json.read(
                        "{\"data\":[%s0]}".formatted("{},".repeat(1024 * 1024)).getBytes(UTF_8), "data"))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.reason()).isEqualTo(Refused.Reason.TOO_LARGE));
    }

    @Test
    void moreElementsThanWantedAreNotRead() {
        assertThat(Json.read("[1,2,3,nonsense".getBytes(UTF_8), 2, "data", (_, _, _) -> {}))
                .isEqualTo(3);
        assertThat(Json.read("{}".getBytes(UTF_8), 2, "data", (_, _, _) -> {})).isEqualTo(-1);
        assertThat(Json.read("[]".getBytes(UTF_8), 2, "data", (_, _, _) -> {})).isZero();
        assertThatThrownBy(() -> Json.read("[1] 2".getBytes(UTF_8), 2, "data", (_, _, _) -> {}))
                .isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "1", "\"\"", "0.1", "{\"a\":1}"})
    void aTreeTakesNoMoreThanItMay(String element) {
        var json = ("[" + (element + ",").repeat(16 * 1024 * 1024 / (element.length() + 1) - 1) + "1]").getBytes(UTF_8);
        var memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var before = memory.getCurrentThreadAllocatedBytes();

        assertThatThrownBy(() -> Json.read(json)).isInstanceOfSatisfying(Refused.class, e -> assertThat(e.reason())
                .isEqualTo(Refused.Reason.TOO_LARGE));

        // The lists grow by copies.
        assertThat(memory.getCurrentThreadAllocatedBytes() - before).isLessThan(100 * 1024 * 1024);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "1", "{\"a\":[]}"})
    void whatMayBeAnEventIsReadWhateverItIsMadeOf(String element) {
        var json = "[" + (element + ",").repeat(1024 * 1024 / (element.length() + 1) - 1) + "1]";

        assertThat(read(json)).isNotEmpty();
    }
}

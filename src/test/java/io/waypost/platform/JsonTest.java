package io.waypost.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
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
                (element, index, bytes) -> told.add(index + ":" + element + ":" + bytes));

        assertThat(count).isEqualTo(3);
        assertThat(told).containsExactly("0:1:1", "1:{\"a\":[2]}:10", "2:null:4");
    }

    @Test
    void moreElementsThanWantedAreNotRead() {
        assertThat(Json.read("[1,2,3,nonsense".getBytes(UTF_8), 2, (_, _, _) -> {}))
                .isEqualTo(3);
        assertThat(Json.read("{}".getBytes(UTF_8), 2, (_, _, _) -> {})).isEqualTo(-1);
        assertThat(Json.read("[]".getBytes(UTF_8), 2, (_, _, _) -> {})).isZero();
        assertThatThrownBy(() -> Json.read("[1] 2".getBytes(UTF_8), 2, (_, _, _) -> {}))
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

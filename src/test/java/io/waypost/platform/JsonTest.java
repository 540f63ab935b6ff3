package io.waypost.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}

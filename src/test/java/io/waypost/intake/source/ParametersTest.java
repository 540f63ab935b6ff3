package io.waypost.intake.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParametersTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a=1&b=x+y%26z | {\"a\":\"1\",\"b\":\"x y&z\"}",
                "a&b= | {\"a\":\"\",\"b\":\"\"}",
                "data[id]=1&data%5Bmerges%5D[EMAIL]=e | {\"data\":{\"id\":\"1\",\"merges\":{\"EMAIL\":\"e\"}}}",
                "a[]=1&a[]=2 | {\"a\":[\"1\",\"2\"]}",
                "a[b][]=1&a[b][]=2 | {\"a\":{\"b\":[\"1\",\"2\"]}}",
                "a=1&a=2 | {\"a\":\"2\"}",
                "a=1&a[b]=2 | {\"a\":{\"b\":\"2\"}}",
                "[a]=1&a[b=2&c[d]e=3 | {\"[a]\":\"1\",\"a[b\":\"2\",\"c[d]e\":\"3\"}",
                "a[1][2][3][4][5][6][7][8][9][10]=x | {\"a[1][2][3][4][5][6][7][8][9][10]\":\"x\"}"
            })
    void bracketsAreObjectsAndArrays(String form, String json) {
        assertThat(Parameters.object(Parameters.of(form))).isEqualTo(Json.read(json));
    }

    @Test
    void whatIsNotEncodedWellOrTooMuchIsRefused() {
        assertThatThrownBy(() -> Parameters.of("a=%zz")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> Parameters.of("a=1&".repeat(1_001))).isInstanceOf(Refused.class);
    }

    @Test
    void theSecretIsTakenOutHoweverItIsWritten() {
        assertThat(Parameters.withoutSecret("a=1&secret=x&%73ecret=y&secrets=z&%zz=1"))
                .isEqualTo("a=1&secrets=z&%zz=1");
    }
}

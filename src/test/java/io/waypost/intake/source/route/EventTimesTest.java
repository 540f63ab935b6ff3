package io.waypost.intake.source.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTimesTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final Instant RECEIVED = Instant.parse("2026-01-31T12:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1676171700 | 2023-02-12T03:15:00Z",
                "1676171700.25 | 2023-02-12T03:15:00.250Z",
                "1676171700250 | 2023-02-12T03:15:00.250Z",
                "\"2023-02-12 03:15:00\" | 2023-02-12T02:15:00Z",
                "\"2023-07-12 03:15:00\" | 2023-07-12T01:15:00Z",
                "\"2023-02-12T03:15\" | 2023-02-12T02:15:00Z",
                "\"2023-02-12T03:15:00.5\" | 2023-02-12T02:15:00.500Z",
                "\"2023-02-12T03:15:00Z\" | 2023-02-12T03:15:00Z",
                "\"2023-02-12T03:15:00.1234567Z\" | 2023-02-12T03:15:00.123456Z",
                "\"2023-02-12T03:15:00-05:00\" | 2023-02-12T08:15:00Z",
                "\"2023-02-12 03:15:00 +0100\" | 2023-02-12T02:15:00Z",
                "{\"text\":\"11/9/2011 12:42:35 PM\",\"pattern\":\"M/d/uuuu h:mm:ss a\"} | 2011-11-09T11:42:35Z",
                "{\"text\":\"11/9/2011 12:42:35 AM\",\"pattern\":\"M/d/uuuu h:mm:ss a\"} | 2011-11-08T23:42:35Z"
            })
    void timesAreReadAsVendorsWriteThem(String time, Instant expected) {
        assertThat(EventTimes.of(Json.read(time), BERLIN, RECEIVED)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"\"", "\" \""})
    void whoSaysNoTimeMeansNow(String time) {
        assertThat(EventTimes.of(Json.read(time), BERLIN, RECEIVED)).isEqualTo(RECEIVED);
        assertThat(EventTimes.of(null, BERLIN, RECEIVED)).isEqualTo(RECEIVED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"yesterday\"",
                "\"2023-02-30 03:15:00\"",
                "true",
                "{}",
                "1e300",
                "-1e15",
                "{\"text\":\"\",\"pattern\":\"M/d/uuuu\"}",
                "{\"text\":\"2/30/2023 1:00:00 AM\",\"pattern\":\"M/d/uuuu h:mm:ss a\"}"
            })
    void whatIsNoTimeIsMalformed(String time) {
        assertThatThrownBy(() -> EventTimes.of(Json.read(time), BERLIN, RECEIVED))
                .isInstanceOf(Refused.class);
    }

    @Test
    void anHourThatTheClockSkipsIsTakenForTheNext() {
        assertThat(EventTimes.of(Json.read("\"2023-03-26 02:30:00\""), BERLIN, RECEIVED))
                .isEqualTo("2023-03-26T01:30:00Z");
    }
}

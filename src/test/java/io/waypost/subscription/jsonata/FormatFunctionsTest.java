package io.waypost.subscription.jsonata;

import static io.waypost.subscription.jsonata.Sandboxed.evaluate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.connector.ExpressionFailed;
import io.waypost.platform.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormatFunctionsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "$date(\"2026-03-01T12:00:00Z\", \"dd.MM.yyyy HH:mm\", \"Europe/Berlin\")|01.03.2026 13:00",
                "$date(\"2026-07-01T12:00:00Z\", \"dd.MM.yyyy HH:mm\", \"Europe/Berlin\")|01.07.2026 14:00",
                "$date(\"2026-03-01T12:00:00+02:00\", \"HH:mm\")|10:00",
                "$date(\"2026-03-01T12:00:00.123456Z\", \"HH:mm:ss.SSS\")|12:00:00.123",
                "$date(\"2026-03-01T12:00:00\", \"HH:mm\", \"+02:00\")|14:00",
                "$date(\"2026-03-01T12:00\", \"HH:mm\")|12:00",
                "$date(\"2026-03-01\", \"yyyy/MM/dd HH:mm\")|2026/03/01 00:00",
                "$date(1772366400000, \"yyyy-MM-dd HH:mm\")|2026-03-01 12:00",
                "$date(1772366400000.75, \"HH:mm:ss\")|12:00:00",
                "$date($millis(), \"EEEE, d. MMMM\", \"UTC\", \"de-DE\")|Sonntag, 1. März",
                "$date($millis(), \"EEE d MMM\")|Sun 1 Mar",
                "$date($millis(), \"HH 'Uhr' xxx\", \"Asia/Tokyo\")|21 Uhr +09:00",
                "$currency(49.9, \"EUR\", \"de-DE\")|49,90 €",
                "$currency(1234567.5, \"EUR\", \"de-DE\")|1.234.567,50 €",
                "$currency(-12.50, \"USD\")|-$12.50",
                "$currency(\"99.80\", \"EUR\", \"en-IE\")|€99.80",
                "$currency(1500, \"JPY\", \"ja-JP\")|￥1,500",
                "$currency(0.005, \"EUR\", \"de\")|0,005 €",
                "$currency(12, \"CHF\", \"de-CH\")|CHF 12.00",
                "$currency(\"123456789012345678901234567890.10\", \"EUR\", \"en\")|€123,456,789,012,345,678,901,234,567,890.10",
            })
    void timesAndAmountsAreWrittenAsPeopleDo(String expression, String text) {
        assertThat(evaluate(expression, "{}").textValue()).isEqualTo(text);
    }

    @Test
    void anAmountOfTheEventKeepsItsDigits() {
        var result = evaluate("$currency(n, \"USD\")", "{\"n\": 18859015918863553.10}");

        assertThat(result.textValue()).isEqualTo("$18,859,015,918,863,553.10");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "$date(\"2026-03-01T12:00:00Z\", \"HH:mm\", \"Europe/Berln\")|zone \"Europe/Berln\". Write one like \"Europe/Berlin\"",
                "$date(\"2026-03-01T12:00:00Z\", \"yyyy-MM-dd jj\")|pattern \"yyyy-MM-dd jj\"",
                "$date(\"2026-03-01T12:00:00Z\", \"\")|needs a pattern of 1 to 100 characters",
                "$date(\"2026-03-01T12:00:00Z\", $pad(\"\", 101, \"y\"))|needs a pattern of 1 to 100 characters",
                "$date(\"2026-03-01T12:00:00Z\", \"HH\", \"UTC\", \"xx-YY\")|language \"xx-YY\". Write one like \"de-DE\"",
                "$date(\"tomorrow\", \"HH\")|it got \"tomorrow\"",
                "$date(\"2026-02-30T12:00:00Z\", \"HH\")|it got \"2026-02-30T12:00:00Z\"",
                "$date($pad(\"\", 1000000, \"1\"), \"HH\")|needs an ISO time",
                "$date(1e300, \"HH\")|needs an ISO time",
                "$date(true, \"HH\")|it got \"a value of another kind\"",
                "$date({}, \"HH\")|it got \"a value of another kind\"",
                "$date(1, 2)|needs a pattern",
                "$date(1)|needs a pattern",
                "$date(1, \"HH\", 2)|zone \"2\". Write one like",
                "$date(1, \"HH\", \"UTC\", 3)|language \"3\"",
                "$currency(1, 2)|currency \"2\"",
                "$currency(1)|currency",
                "$currency(1, \"EURO\", \"de-DE\")|currency \"EURO\". Write the three letters of ISO 4217",
                "$currency(1, \"EUR\", \"deutsch\")|language \"deutsch\"",
                "$currency(\"1.234,50\", \"EUR\")|it got \"1.234,50\"",
                "$currency(\"NaN\", \"EUR\")|it got \"NaN\"",
                "$currency($pad(\"\", 200, \"1\"), \"EUR\")|at most 100 digits",
                "$currency([], \"EUR\")|needs a number",
            })
    void whatCannotBeWrittenSaysWhatToDo(String expression, String problem) {
        assertThatThrownBy(() -> evaluate(expression, "{}"))
                .isInstanceOf(ExpressionFailed.class)
                .hasMessageContaining(problem);
    }

    @Test
    void anExponentDoesNotFillTheMemory() {
        for (var number : new String[] {"1e900", "1e-900", "1e300", "-1e200"}) {
            assertThatThrownBy(() -> evaluate("$currency(n, \"EUR\")", "{\"n\":%s}".formatted(number)))
                    .hasMessageContaining("at most 100 digits");
        }
    }

    @Test
    void nothingGivesNothing() {
        for (var expression : new String[] {
            "$date(no, \"HH\")", "$date(none, \"HH\")", "$currency(no, \"EUR\")", "$currency(none, \"EUR\")"
        }) {
            assertThat(evaluate(expression, "{\"none\":null}").isMissingNode())
                    .as(expression)
                    .isTrue();
        }
        assertThat(Json.write(evaluate("{\"a\": $date(no, \"HH\")}", "{}"))).isEqualTo("{}");
    }
}

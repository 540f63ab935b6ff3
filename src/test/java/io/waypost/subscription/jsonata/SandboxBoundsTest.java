package io.waypost.subscription.jsonata;

import static io.waypost.subscription.jsonata.Sandboxed.SANDBOX;
import static io.waypost.subscription.jsonata.Sandboxed.evaluate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.connector.ExpressionFailed;
import io.waypost.platform.Json;
import io.waypost.testing.Delays;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxBoundsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Endless recursion, tail calls and loops
                "($f := function($x){ 1 + $f($x) }; $f(1))",
                "($f := function($x){ $f($x) }; $f(1))",
                "[1, ($f := function(){ $f() }; $f())]",
                "{\"a\": 1, \"b\": [1..90000].([1..90000].(1))}",
                // Getting rid of the bounds
                "($__evaluate_entry := $nothing; $f := function(){ $f() }; $f())",
                "function($__evaluate_exit){ 1 }(1)",
                // Built-ins that make much out of little
                "$pad(\"x\", 2000000000)",
                "$pad(\"x\", -2000000000)",
                "[1..10000000]",
                "$sum([1..10000000])",
                "$count([[1..90000],[1..90000]].$)",
                "$join([1..50000].(\"x\"), $pad(\"\", 2000, \"y\"))",
                "$replace($pad(\"\", 100000, \"a\"), \"a\", $pad(\"\", 100000, \"b\"))",
                "$replace($pad(\"\", 100000, \"a\"), /a/, $pad(\"\", 100000, \"b\"))",
                "$replace($pad(\"\", 100000, \"a\"), /x*/, $pad(\"\", 100000, \"b\"))",
                "$split($pad(\"\", 2000000), \"\")",
                "$round(1, 2000000000)",
                "$formatNumber(1, $pad(\"\", 1000000, \"0\"))",
                "$fromMillis(1, \"[Y,2000000000]\")",
                "$formatInteger(9000000000000000, \"I\")",
                "$toMillis($pad(\"\", 40, \"1\") & \"x\", \"[Y]1[M]1[D]1[d]1[H]1[m]1[s]1[f]\")",
                "$eval(\"1\")",
                "$reduce([1..100000], $append)",
                "$spread([1..100000].{\"a\": $})",
                "($b := [1..100000]; $count([1..100000].$b))",
                // Values that grow by sharing
                "($d := function($x, $n){ $n = 0 ? $x : $d({\"a\": $x, \"b\": $x}, $n - 1) }; $string($d(1, 60)))",
                "($d := function($x, $n){ $n = 0 ? $x : $d({\"a\": $x, \"b\": $x}, $n - 1) }; $d(1, 60) & \"\")",
                "($d := function($x, $n){ $n = 0 ? $x : $d({\"a\": $x, \"b\": $x}, $n - 1) }; $d(1, 60) = $d(1, 60))",
                "($d := function($x, $n){ $n = 0 ? $x : $d({} ~> |$|{\"a\": $x, \"b\": $x}|, $n - 1) }; $d(1, 60) & \"\")",
                "($d := function($x, $n){ $n = 0 ? $x : $d($x & $x, $n - 1) }; $d(\"xx\", 60))",
                "($d := function($x, $n){ $n = 0 ? $x : $d($append($x, $x), $n - 1) }; $d([1, 2], 60))",
                "($d := function($x, $n){ $n = 0 ? $x : $d({\"a\": $x}, $n - 1) }; $string($d(1, 100000)))",
                "($l := [1..5000].{\"v\": $}; {\"l\": $l}.l@$x.$l@$y{ \"k\": $y })",
                // Regular expressions that are too large to be made
                "$contains(\"a\", /(?:(?:){2000000000}){2000000000}x/)",
                "$contains(\"a\", /(?:(?:a{1000}){1000}){1000}/)",
                "$match($pad(\"\", 1000000, \"x\"), /(x{0,40}y){0,40}z/)",
            })
    void whatWouldHurtOthersEndsSoon(String expression) {
        var start = System.nanoTime();

        assertThatThrownBy(() -> evaluate(expression, "{}"))
                .isInstanceOf(ExpressionFailed.class)
                .extracting(Throwable::getMessage)
                .satisfies(message -> assertThat(message).isNotBlank().hasSizeLessThan(700));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Delays.PAUSE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$match($pad(\"\", 5000, \"a\"), /a*a*a*a*a*a*a*b/)",
                "$contains($pad(\"\", 5000, \"a\"), /(a|aa)+(a|aa)+(a|aa)+c/)",
                "$replace($pad(\"\", 5000, \"a\"), /a*a*a*a*a*a*a*b/, \"\")",
                "$split($pad(\"\", 5000, \"a\"), /a*a*a*a*a*a*b/)",
                "/a*a*a*a*a*a*a*b/($pad(\"\", 5000, \"a\"))",
                "($pad(\"\", 5000, \"a\")) ~> /a*a*a*a*a*a*a*b/",
                "($r := /a*a*a*a*a*a*a*b/; $r($pad(\"\", 5000, \"a\")))",
                "$map([$pad(\"\", 5000, \"a\")], /a*a*a*a*a*a*a*b/)",
                "[$pad(\"\", 5000, \"a\")][/a*a*a*a*a*a*a*b/($)]",
            })
    void aRegularExpressionThatMatchesInManyWaysTakesNoLonger(String expression) {
        var start = System.nanoTime();

        evaluate(expression, "{}");

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Delays.PAUSE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$contains(a, /(?=x)y/)",
                "a ? (b.c[$match(d, /(x)\\1/)]) : 1",
                "{\"x\": [1, $map(a, function($v){ $replace($v, /x*+/, \"\") })]}",
                "($f := function($x){ $x ~> /(?<!a)b/ }; $f(a))"
            })
    void aRegularExpressionThatCannotBeUsedIsRefusedWhereverItStands(String expression) {
        assertThatThrownBy(() -> SANDBOX.check(expression))
                .isInstanceOf(ExpressionFailed.class)
                .hasMessageContaining("the regular expression cannot be used");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$round(n)",
                "$round(n, 2)",
                "$formatNumber(n, \"0\")",
                "$formatBase(n)",
                "$formatInteger(n, \"0\")",
                "$floor(n)",
                "$abs(n)",
                "$string(n)",
                "n & \"\"",
                "n > 1",
                "n = n",
                "[1,2,3][n]",
                "[1..n]",
                "-n",
                "n + 1",
                "$sort([n, 1])",
                "$sum([n])",
                "$power(n, 2)",
                "$fromMillis(n)",
                "$distinct([n, n])",
                "$boolean(n)"
            })
    void anExponentDoesNotFillTheMemory(String expression) {
        for (var number : List.of("1e900", "1e-900", "-1e300", "1e-300")) {
            try {
                assertThat(Json.write(evaluate(expression, "{\"n\":%s}".formatted(number))))
                        .hasSizeLessThan(1_200);
            } catch (ExpressionFailed e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{\"a\":", "-", "function(){", "1+("})
    void anExpressionNestedTooDeepIsRefusedNotFatal(String piece) {
        var expression = piece.repeat(16_000 / piece.length());

        assertThatThrownBy(() -> SANDBOX.check(expression)).isInstanceOf(ExpressionFailed.class);
    }

    @Test
    void aResultAboveOneMebibyteIsRefused() {
        assertThatThrownBy(() -> evaluate("$pad(\"\", 1048577)", "{}")).hasMessageContaining("1 MiB");
        assertThat(evaluate("$pad(\"\", 1000000)", "{}").textValue()).hasSize(1_000_000);
    }

    @Test
    void aLargeEventIsWorkedWith() {
        var items = String.join(
                ",",
                IntStream.range(0, 5_000)
                        .mapToObj("{\"id\":%d,\"email\":\"someone@example.com\",\"tags\":[\"a\",\"b\"]}"::formatted)
                        .toList());

        var result = evaluate(
                "{ \"n\": $count(data.items), \"ids\": data.items.id, \"last\": data.items[-1].id }",
                "{\"data\":{\"items\":[" + items + "]}}");

        assertThat(result.path("n").intValue()).isEqualTo(5_000);
        assertThat(result.path("ids")).hasSize(5_000);
    }
}

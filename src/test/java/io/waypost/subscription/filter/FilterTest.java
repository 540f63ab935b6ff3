package io.waypost.subscription.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.subscription.filter.Effort.Overspent;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // Numbers keep all their digits.
                "{'n':[18859015918863553]}|{'n':18859015918863553}|true",
                "{'n':[18859015918863553]}|{'n':18859015918863552}|false",
                "{'n':[{'numeric':['>',18859015918863552]}]}|{'n':18859015918863553}|true",
                "{'n':[{'numeric':['>',0.1]}]}|{'n':0.1000000000000000000000001}|true",
                "{'n':[{'anything-but':18859015918863553}]}|{'n':18859015918863552}|true",
                "{'n':[1]}|{'n':1.00}|true",
                "{'n':[1]}|{'n':'1'}|false",
                "{'n':[0]}|{'n':-0.0}|true",
                // Absence.
                "{'a':[{'exists':false}]}|{}|true",
                "{'a':[{'exists':false}]}|{'a':null}|false",
                "{'a':[{'exists':false}]}|{'a':{}}|true",
                "{'a':[{'exists':false}]}|{'a':[]}|true",
                "{'a':[{'exists':false}, 'x']}|{}|true",
                "{'a':[{'exists':false}, 'x']}|{'a':'x'}|true",
                "{'a':[{'exists':false}, 'x']}|{'a':'y'}|false",
                "{'p':{'a':[{'exists':false}]}}|{'p':[{'b':1},{}]}|true",
                "{'p':{'a':[{'exists':false}]}}|{'p':[{'a':1},{}]}|false",
                "{'p':{'a':[{'exists':false}],'b':[1]}}|{'p':[{'a':1},{'b':1}]}|true",
                "{'p':{'a':[{'exists':false}],'b':[1]}}|{'p':[{'a':1,'b':1},{}]}|false",
                "{'p':{'a':[{'exists':false},7],'b':[1]}}|{'p':[{'a':7,'b':1}]}|true",
                // Fields below one array match in one element, those below different arrays in any.
                "{'p':{'a':[1],'b':[2]}}|{'p':[{'a':1,'b':3},{'a':3,'b':2}]}|false",
                "{'p':{'a':[1],'b':[2]}}|{'p':[{'a':3},[{'a':1,'b':2}]]}|true",
                "{'p':{'a':[1]},'q':{'a':[2]}}|{'p':[{'a':3},{'a':1}],'q':[{'a':2}]}|true",
                "{'p':{'q':{'a':[1],'b':[2]}}}|{'p':[{'q':[{'a':1}]},{'q':[{'b':2}]}]}|false",
                "{'p':{'c':[1],'q':{'a':[1],'b':[2]}}}|{'p':[{'c':1,'q':[{'a':0},{'a':1,'b':2}]}]}|true",
                "{'p':{'a':[1],'$or':[{'b':[2]},{'c':[3]}]}}|{'p':[{'a':1},{'c':3}]}|false",
                "{'p':{'a':[1],'$or':[{'b':[2]},{'c':[3]}]}}|{'p':[{'a':1,'c':3}]}|true",
                // A dot goes one level deeper, in the pattern as in the event.
                "{'a.b':[1]}|{'a':{'b':1}}|true",
                "{'a':{'b':[1]}}|{'a.b':1}|true",
                "{'a.b.c':[1]}|{'a.b':{'c':1},'a':2}|true",
                "{'a':{'b':[1],'c':[2]}}|{'a.b':1,'a':{'c':2}}|true",
                // Addresses are compared as addresses.
                "{'ip':['::1']}|{'ip':'0:0:0:0:0:0:0:1'}|true",
                "{'ip':[{'cidr':'10.0.0.0/9'}]}|{'ip':'10.127.1.1'}|true",
                "{'ip':[{'cidr':'10.0.0.0/9'}]}|{'ip':'10.128.1.1'}|false",
                "{'ip':[{'cidr':'10.0.0.0/0'}]}|{'ip':'::1'}|false",
                "{'ip':[{'cidr':'0.0.0.0/0'}]}|{'ip':'999.1.1.1'}|false",
                "{'ip':[{'cidr':'0.0.0.0/0'}]}|{'ip':'example.org'}|false",
                // Wildcards.
                "{'s':[{'wildcard':'a*b*c'}]}|{'s':'abc'}|true",
                "{'s':[{'wildcard':'ab*ba'}]}|{'s':'aba'}|false",
                "{'s':[{'wildcard':'*aa*aa*'}]}|{'s':'aaa'}|false",
                "{'s':[{'wildcard':'a\\\\*'}]}|{'s':'a*'}|true",
                "{'s':[{'wildcard':'*'}]}|{'s':''}|true",
                "{'s':[{'wildcard':'*'}]}|{'s':1}|false",
            })
    void aFieldMatches(String pattern, String event, boolean matches) {
        assertThat(Filter.of(json(pattern)).matches(Filter.comparable(json(event)), new Effort(100)))
                .isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|an object with at least one field",
                "{'a':1}|a must be an object, or a list of the values",
                "{'a':{}}|a must have at least one field",
                "{'a':{'b':[]}}|a.b must have at least one value",
                "{'a':[[1]]}|a must be a list of values, not of lists",
                "{'a':[{'prefix':1}]}|a prefix must be a string",
                "{'a':[{'prefix':{'suffix':'x'}}]}|a prefix must be a string, or {\"equals-ignore-case\"",
                "{'a':[{'regex':'x'}]}|a has no operator named regex; there are anything-but,",
                "{'a':[{'prefix':'x','suffix':'y'}]}|a must have one operator in each object",
                "{'a':[{}]}|a must have one operator",
                "{'a':[{'exists':'no'}]}|a exists must be true or false",
                "{'a':[{'numeric':['>','1']}]}|a numeric must be a list such as",
                "{'a':[{'numeric':['>',1,'>',2]}]}|a numeric must be a list such as",
                "{'a':[{'numeric':['>',5,'<',1]}]}|a numeric must have its lower bound below its upper one",
                "{'a':[{'numeric':['?',5]}]}|a numeric must be a list such as",
                "{'a':[{'cidr':'10.0.0.0'}]}|a cidr must be an address and a number of bits",
                "{'a':[{'cidr':'10.0.0.0/33'}]}|a cidr must have 0 to 32 bits",
                "{'a':[{'wildcard':'a**b'}]}|a wildcard must not have a star next to a star",
                "{'a':[{'wildcard':'a\\\\b'}]}|a wildcard must have a star or a backslash after a backslash",
                "{'a':[{'anything-but':[]}]}|a anything-but must have at least one value",
                "{'a':[{'anything-but':['x',1]}]}|a anything-but must have strings, or numbers",
                "{'a':[{'anything-but':null}]}|a anything-but must have strings, or numbers",
                "{'a':[{'anything-but':{'cidr':'x'}}]}|a anything-but may have equals-ignore-case",
                "{'a':[{'anything-but':{'prefix':''}}]}|a anything-but must not have an empty prefix",
                "{'$or':{'a':[1]}}|$or must be a list of at least two objects",
                "{'$or':[{'a':[1]}]}|$or must be a list of at least two objects",
                "{'$or':[{'a':[1]},1]}|$or must be a list of objects",
                "{'$or':[{'a':[1]},{'prefix':['x']}]}|prefix is the name of an operator",
                "{'a':{'b':[1]},'a.b':[2]}|a.b is asked for twice",
            })
    void whatIsWrongIsSaid(String pattern, String fault) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Filter.of(json(pattern)))
                .withMessageContaining(fault);
    }

    @Test
    void whatWouldCostTooMuchIsRefusedWithTheBound() {
        var twenty = IntStream.range(0, 20)
                .mapToObj(n -> "{'$or':[{'a%1$d':[1]},{'b%1$d':[1]}]}".formatted(n))
                .map(or -> or.substring(1, or.length() - 1))
                .toList();
        // One $or below each of twenty fields.
        var pattern = IntStream.range(0, 20)
                .mapToObj(n -> "'f%d':{%s}".formatted(n, twenty.get(n)))
                .collect(Collectors.joining(",", "{", "}"));
        refused(pattern, "must have $or that make at most 256 alternatives");
        refused("{'a':[{'wildcard':'" + "a*".repeat(17) + "'}]}", "wildcard must have at most 16 stars");
        refused("{'a':[{'wildcard':'" + "a".repeat(257) + "'}]}", "wildcard must be at most 256 characters");
        refused("{'" + "a.".repeat(100) + "a':[1]}", "must be at most 100 levels deep");
        refused("{'a':['" + "a".repeat(70_000) + "']}", "must be at most 65,536 characters");
        refused(
                IntStream.range(0, 257)
                        .mapToObj(n -> "{'prefix':'" + n + "'}")
                        .collect(Collectors.joining(",", "{'a':[", "]}")),
                "must have at most 256 operators");
    }

    private static void refused(String pattern, String fault) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Filter.of(json(pattern)))
                .withMessageContaining(fault);
    }

    @Test
    void fourArraysCostWhatTheyHoldAndNotTheirProduct() {
        var array = IntStream.range(0, 1_000).mapToObj(_ -> "{'a':1}").collect(Collectors.joining(",", "[", "]"));
        var event = json("{'p':%1$s,'q':%1$s,'r':%1$s,'s':%1$s,'z':2}".formatted(array));
        var filter = Filter.of(json("{'p':{'a':[1]},'q':{'a':[1]},'r':{'a':[1]},'s':{'a':[1]},'z':[1]}"));

        assertThat(filter.matches(event, new Effort(10_000))).isFalse();
    }

    @Test
    void whatTakesMoreEffortThanThereIsIsNotDecided() {
        var array = IntStream.range(0, 1_000).mapToObj(_ -> "{'a':1}").collect(Collectors.joining(",", "[", "]"));
        var event = json("{'p':%s}".formatted(array));
        var filter = Filter.of(json("{'p':{'a':[2]}}"));

        assertThat(filter.matches(event, new Effort(5_000))).isFalse();
        assertThatThrownBy(() -> filter.matches(event, new Effort(500))).isInstanceOf(Overspent.class);
    }

    @Test
    void aWildcardThatLooksForLongTextPaysForIt() {
        var event = json("{'s':'%s'}".formatted("a".repeat(100_000)));
        var part = "a".repeat(13) + "b";
        var filter = Filter.of(json("{'s':[{'wildcard':'%s'}]}".formatted(("*" + part).repeat(15) + "*")));

        var effort = new Effort(Effort.ONE_FILTER);
        assertThat(filter.matches(event, effort)).isFalse();
        assertThat(effort.left()).isLessThan(Effort.ONE_FILTER - 50_000);
    }

    @Test
    void manyDotsDoNotMakeMoreObjectsThanThereAreBytes() {
        var name = "a.".repeat(199) + "a";
        var event = Json.object();
        for (int i = 0; i < 2_000; i++) {
            event.put(name + i, 1);
        }
        assertThat(Json.write(Filter.comparable(event)).length())
                .isLessThan(Json.write(event).length() + 100_000);
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) Json.read(text.replace('\'', '"'));
    }
}

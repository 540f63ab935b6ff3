package io.waypost.event.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SentenceTest {

    private static final String DATA = """
            {"who": {"name": "Ana", "none": null, "blank": " "}, "n": 1.10, "yes": true, "lines": "a\\n b",
             "list": [{"id": 1, "name": "x"}, {"id": 2}, {"id": 3, "name": "y"}], "empty": [], "flat": ["p", null, "q"]}""";

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{who.name} came; Ana came",
                "{n} and {yes}; 1.10 and true",
                "{who.none|who.blank|who.name}; Ana",
                "{who.nobody|'Someone'} came; Someone came",
                "came[ with {who.none}], alone; came, alone",
                "came[ with {who.name}[ and {nobody}]]; came with Ana",
                "{list.name}; x, y",
                "{list.id}: {flat}; 1, 2, 3: p, q",
                "{lines}; a b",
                "no place; no place",
            })
    void placesAreFilled(String sentence, String filled) {
        assertThat(Sentence.of(sentence).fill(Json.read(DATA))).isEqualTo(filled);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{nobody} came", "{who.none}", "{who}", "{empty}", "{who.blank}", "[x] {nobody}"})
    void withoutAValueThatHasToBeThereThereIsNoSentence(String sentence) {
        assertThat(Sentence.of(sentence).fill(Json.read(DATA))).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a {b", "a [b", "a ] b", "[a {b]"})
    void aBracketThatIsNotClosedIsAMistake(String sentence) {
        assertThatThrownBy(() -> Sentence.of(sentence)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLongValueIsCut() {
        var data = Json.object().put("text", "😀".repeat(1_000));

        assertThat(Sentence.of("{text}").fill(data)).isEqualTo("😀".repeat(199) + "…");
    }
}

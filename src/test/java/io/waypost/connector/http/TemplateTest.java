package io.waypost.connector.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateTest {

    private static final String URL = "https://x.example";

    @ParameterizedTest
    @CsvSource({
        "a/b, a%2Fb, a/b",
        "../.., ..%2F.., %2E%2E/%2E%2E",
        "a/./b c, a%2F.%2Fb%20c, a/%2E/b%20c",
        "{url}?#, %7Burl%7D%3F%23, %7Burl%7D%3F%23",
        "1:A@b, 1:A@b, 1:A@b"
    })
    void valuesAreEncodedAndSegmentsKeepTheirSlashesButNeverClimb(String value, String one, String several) {
        var config = ConnectorsUnderTest.object("{'url':'%s/','v':'%s'}".formatted(URL, value));

        assertThat(new Template("{url}/r/{v}").fillUrl(config)).isEqualTo(URL + "/r/" + one);
        assertThat(new Template("{url}/r/{+v}").fillUrl(config)).isEqualTo(URL + "/r/" + several);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "/a, -, /a",
                "/a, /b, /a/b",
                "/a/, /b, /a/b",
                "/a?x=1, /b, /a/b?x=1",
                "/a?x=1, ?y=2, /a?y=2&x=1",
                "/a?, /b, /a/b",
                "/a?x=1#top, /b, /a/b?x=1"
            })
    void aUrlIsExtendedBeforeItsQuery(String url, String path, String expected) {
        assertThat(Template.extend(URL + url, path == null ? "" : path, Map.of()))
                .isEqualTo(URL + expected);
    }

    @Test
    void aQueryIsAddedToTheOneThatIsThere() {
        var query = new LinkedHashMap<String, String>();
        query.put("wait", "true");
        query.put("q", "a&b=c d");

        assertThat(Template.extend(URL + "/a", "", query)).isEqualTo(URL + "/a?wait=true&q=a%26b%3Dc%20d");
        assertThat(Template.extend(URL + "/a?x=1", "", query)).isEqualTo(URL + "/a?x=1&wait=true&q=a%26b%3Dc%20d");
    }

    @Test
    void aTemplateKnowsWhatItNeeds() {
        var template = new Template("{a}-{+b}");

        assertThat(template.fields()).containsExactlyInAnyOrder("a", "b");
        assertThat(template.canBeFilled(ConnectorsUnderTest.object("{'a':'1','b':null}")))
                .isFalse();
        assertThat(template.canBeFilled(ConnectorsUnderTest.object("{'a':'1','b':2}")))
                .isTrue();
    }
}

package io.waypost.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.CannotStart;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VendorCallsTest {

    @ParameterizedTest
    @CsvSource({
        "/webservice/webservice/json/CreateWebHook,mailingwork",
        "/Contact/15242968/Webhooks,benchmark",
        "/Contact/15242968/Webhooks/7,benchmark",
        "/v3/REST/eventcallbackurl,mailjet",
        "/v3/REST/Eventcallbackurl/7,mailjet",
        "/v3/accounts/callbacks,getresponse"
    })
    void eachPathBelongsToItsSystem(String path, String system) {
        assertThat(VendorCalls.system(path)).contains(system);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v1/subscriptions",
                "/Contact/7",
                "/v3/accounts",
                "/webservice/webservice/json/a/b",
                "/hooks"
            })
    void otherPathsBelongToNobody(String path) {
        assertThat(VendorCalls.system(path)).isEmpty();
    }

    @Test
    void onlyWhatIsNamedIsOn() {
        var calls = new VendorCalls(List.of("mailjet", " benchmark ", ""));

        assertThat(calls.on("mailjet")).isTrue();
        assertThat(calls.on("benchmark")).isTrue();
        assertThat(calls.on("getresponse")).isFalse();
    }

    @Test
    void aSystemNobodyKnowsStopsTheStartAndSaysWhichThereAre() {
        assertThatThrownBy(() -> new VendorCalls(List.of("mailchimp")))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("mailchimp")
                .hasMessageContaining("benchmark, getresponse, mailingwork, mailjet");
    }
}

package io.waypost.connector;

import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SecretsTest {

    private final Secrets secrets = new Secrets(
            Set.of("token", "hook", "pin"),
            object(
                    "{'token':'a+b/c d','hook':'https://hooks.example.com/T1/B2?x=1','pin':'123','url':'http://me:pass@h/','room':'room-1'}"),
            null,
            Map.of("Authorization", "Basic bWU6cGFzcw==", "X-Team", "crm-team"));

    @Test
    void aSecretIsHiddenInEveryFormThatItIsRepeatedIn() {
        assertThat(secrets.hide("a+b/c d a%2Bb%2Fc+d a%2Bb%2Fc%20d pass bWU6cGFzcw== bWU6cGFzcw"))
                .isEqualTo("*** *** *** *** *** ***");
        assertThat(secrets.hide("GET /T1/B2?x=1 of https://hooks.example.com/T1/B2?x=1."))
                .isEqualTo("GET *** of ***.");
    }

    @Test
    void whatIsNoSecretStays() {
        assertThat(secrets.hide("room-1, crm-team, http://me:***@h/, 123"))
                .isEqualTo("room-1, crm-team, http://me:***@h/, 123");
    }

    @Test
    void whereTheTextIsCutOffTheBeginningOfOneIsHiddenToo() {
        assertThat(secrets.hide("token: a+b/c ")).isEqualTo("token: ***");
        assertThat(secrets.hide("token: a+b/")).isEqualTo("token: ***");
        assertThat(secrets.hide("token: a+b")).isEqualTo("token: a+b");
    }
}

package io.waypost.connector.kamelet;

import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Masking;
import io.waypost.platform.Violation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ConfigMaskingTest {

    private static final String STORED =
            "{'url':'https://me:p:w@example.com/x','headers':{'Authorization':'Bearer 1','X-Api-Key':'2','x-TOKEN-x':'3','X-Team':'crm'}}";
    private static final String MASKED =
            "{'url':'https://me:***@example.com/x','headers':{'Authorization':'***','X-Api-Key':'***','x-TOKEN-x':'***','X-Team':'crm'}}";

    private static ConnectorsUnderTest connectors;
    private static Masking masking;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
        masking = connectors.get(Masking.class);
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @Test
    void credentialsInHeadersAndUrlsAreMasked() {
        assertThat(masking.mask("webhook", object(STORED))).isEqualTo(object(MASKED));
        assertThat(masking.unmask("webhook", object(MASKED), object(STORED))).isEqualTo(object(STORED));
    }

    @Test
    void secretFieldsAreMasked() {
        var stored = object("{'webhookUrl':'https://hooks.example.com/T/B','channel':'C1'}");

        assertThat(masking.mask("slack", stored)).isEqualTo(object("{'webhookUrl':'***','channel':'C1'}"));
        assertThat(masking.unmask("slack", object("{'webhookUrl':'***','channel':'C2'}"), stored))
                .isEqualTo(object("{'webhookUrl':'https://hooks.example.com/T/B','channel':'C2'}"));
    }

    @Test
    void aNewValueTakesThePlaceOfTheOld() {
        var sent = object("{'url':'https://me:new@example.com/y','headers':{'authorization':'***','X-Api-Key':'new'}}");

        assertThat(masking.unmask("webhook", sent, object(STORED)))
                .isEqualTo(
                        object(
                                "{'url':'https://me:new@example.com/y','headers':{'authorization':'Bearer 1','X-Api-Key':'new'}}"));
    }

    @Test
    void aMaskIsNoSecretWhereNoneIsStored() {
        assertThat(masking.stray("webhook", object(MASKED)))
                .extracting(Violation::pointer)
                .containsExactly(
                        "/config/url",
                        "/config/headers/Authorization",
                        "/config/headers/X-Api-Key",
                        "/config/headers/x-TOKEN-x");
        assertThat(masking.stray("slack", object("{'token':'***','channel':'***'}")))
                .extracting(Violation::pointer)
                .containsExactly("/config/token");
        assertThat(masking.stray("webhook", object(STORED))).isEmpty();
        assertThat(masking.stray("webhook", object("{'headers':'***'}"))).isEmpty();
    }

    @Test
    void nothingElseIsTouched() {
        for (var config : new String[] {
            "{'url':'https://example.com/a:b@c','format':'json'}", "{'url':'https://example.com:80/***'}", "{}"
        }) {
            assertThat(masking.mask("webhook", object(config))).isEqualTo(object(config));
        }
    }
}

package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextsTest {

    @Test
    void whatATerminalObeysIsWrittenOut() {
        assertThat(Texts.visible("a\u001b[1m\u009b\r\n\u202eb\u2028\0\ud800"))
                .isEqualTo("a\\u001b[1m\\u009b\\u000d\\u000a\\u202eb\\u2028\\u0000\\ud800");
        assertThat(Texts.visibleLines("a\tb\r\nc\u001b")).isEqualTo("a\tb\r\nc\\u001b");
        var harmless = "Grüße, שלום 👩‍💻 𝄞";
        assertThat(Texts.visible(harmless)).isEqualTo(harmless);
    }
}

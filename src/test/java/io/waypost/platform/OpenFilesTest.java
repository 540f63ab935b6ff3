package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenFilesTest {

    @Test
    void halfOfWhatTheLimitLeavesIsForConnectionsOfOneKindButNeverMoreThanUsual() {
        assertThat(OpenFiles.connections(8_192, 256)).isEqualTo(78);
        assertThat(OpenFiles.connections(8_192, 1_048_576)).isEqualTo(8_192);
        assertThat(OpenFiles.connections(8_192, 64)).isEqualTo(16);
        assertThat(OpenFiles.connections(8_192, -1)).isEqualTo(8_192);
    }
}

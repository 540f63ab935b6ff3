package io.waypost.platform.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.SecretBox;
import io.waypost.platform.TestProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretBoxTest {

    private static final String KEY = key(1);
    private static final String OTHER = key(2);

    @TempDir
    Path directory;

    @Test
    void whatIsSealedOpensAgainAndLooksDifferentEachTime() {
        var box = box(KEY);

        var sealed = box.seal("whsec_\u00e4\uD83D\uDE00");

        assertThat(sealed).startsWith("v1.").isNotEqualTo(box.seal("whsec_\u00e4\uD83D\uDE00"));
        assertThat(box.open(sealed)).isEqualTo("whsec_\u00e4\uD83D\uDE00");
    }

    @Test
    void anotherKeyOpensNothingUnlessItNamesTheOldOne() {
        var sealed = box(KEY).seal("secret");

        assertThatThrownBy(() -> box(OTHER).open(sealed)).isInstanceOf(IllegalStateException.class);
        assertThat(box(OTHER, KEY).open(sealed)).isEqualTo("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v1.", "v1.AAAA", "v1.!!!!", "v2.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void whatIsDamagedSaysSo(String sealed) {
        assertThatThrownBy(() -> box(KEY).open(sealed)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aChangedBitIsNoticed() {
        var sealed = box(KEY).seal("secret");
        var changed = sealed.substring(0, 8) + (sealed.charAt(8) == 'A' ? 'B' : 'A') + sealed.substring(9);

        assertThatThrownBy(() -> box(KEY).open(changed)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void signaturesDifferByKeyPurposeAndTextAndByNothingElse() {
        var box = box(KEY);

        assertThat(box.sign("link", "sub_1"))
                .isEqualTo(box(KEY).sign("link", "sub_1"))
                .isNotEqualTo(box.sign("token", "sub_1"))
                .isNotEqualTo(box.sign("link", "sub_2"))
                .isNotEqualTo(box(OTHER).sign("link", "sub_1"))
                .matches("[A-Za-z0-9_-]{43}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "AAAA", "not base64 at all!"})
    void aKeyThatIsNot32BytesRefusesToStart(String key) {
        assertThatThrownBy(() -> box(key))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("WAYPOST_SECRET_KEY must hold exactly 32 bytes in base64");
    }

    @Test
    void withoutASettingAKeyIsMadeForItsOwnerAloneAndUsedAgain() throws IOException {
        var sealed = box("").seal("secret");

        var file = directory.resolve("data/secret.key");
        assertThat(box("").open(sealed)).isEqualTo("secret");
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(mode(file.getParent())).isEqualTo("rwx------");
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void anEmptyKeyFileRefusesToStart() throws IOException {
        Files.createDirectory(directory.resolve("data"));
        Files.createFile(directory.resolve("data/secret.key"));

        assertThatThrownBy(() -> box(""))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is empty");
    }

    @Test
    void aNodeWithAnotherKeyThanTheDatabaseRefusesToStart() {
        var checks = new OneRow();
        SecretBoxConfiguration.checked(box(KEY), checks);

        SecretBoxConfiguration.checked(box(KEY), checks);
        assertThatThrownBy(() -> SecretBoxConfiguration.checked(box(OTHER), checks))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("WAYPOST_SECRET_KEY");
    }

    @Test
    void givenKeysWereChanged_whenANodeStillHasOnlyTheOldOne_thenItRefusesToStart() {
        var checks = new OneRow();
        SecretBoxConfiguration.checked(box(KEY), checks);

        SecretBoxConfiguration.checked(box(OTHER, KEY), checks);

        SecretBoxConfiguration.checked(box(OTHER), checks);
        assertThatThrownBy(() -> SecretBoxConfiguration.checked(box(KEY), checks))
                .isInstanceOf(IllegalStateException.class);
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private SecretBox box(String key, String... previous) {
        var settings = Map.of("waypost.data-dir", directory.resolve("data").toString(), "waypost.secret-key", key);
        return SecretBoxConfiguration.box(TestProperties.of(settings), String.join(",", previous));
    }

    private static String key(int fill) {
        var key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return Base64.getEncoder().encodeToString(key);
    }

    private static final class OneRow implements KeyCheckStore {

        private String row;

        @Override
        public Optional<String> find() {
            return Optional.ofNullable(row);
        }

        @Override
        public void create(String sealed) {
            row = row == null ? sealed : row;
        }

        @Override
        public void replace(String sealed) {
            row = sealed;
        }
    }
}

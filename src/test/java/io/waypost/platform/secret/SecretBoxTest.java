package io.waypost.platform.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.SecretBox.CannotOpen;
import io.waypost.platform.SecretBox.Place;
import io.waypost.platform.TestProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretBoxTest {

    private static final String KEY = key(1);
    private static final String OTHER = key(2);

    private static final Place PLACE = new Place("subscription", "sub_1", "acme", "config");

    /** As it was sealed before values were bound to their place, with {@link #KEY}. */
    private static final String UNBOUND = "v1.4RARU69AMpjRb4rmTTW06dje4DWlm2nJ5BVPbC7wFx20gQ";

    @TempDir
    Path directory;

    @Test
    void whatIsSealedOpensAgainAndLooksDifferentEachTime() {
        var box = box(KEY);

        var sealed = box.seal(PLACE, "whsec_\u00e4\uD83D\uDE00");

        assertThat(sealed).startsWith("v2.").isNotEqualTo(box.seal(PLACE, "whsec_\u00e4\uD83D\uDE00"));
        assertThat(box.open(PLACE, sealed)).isEqualTo("whsec_\u00e4\uD83D\uDE00");
    }

    @Test
    void anotherKeyOpensNothingUnlessItNamesTheOldOne() {
        var sealed = box(KEY).seal(PLACE, "secret");

        assertThatThrownBy(() -> box(OTHER).open(PLACE, sealed)).isInstanceOf(IllegalStateException.class);
        assertThat(box(OTHER, KEY).open(PLACE, sealed)).isEqualTo("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "%",
                "v1.",
                "v1.AAAA",
                "v1.!!!!",
                "v2.",
                "v2.AAAAAAAA",
                "v2.AAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "v3.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            })
    void whatIsDamagedSaysSo(String sealed) {
        assertThatThrownBy(() -> box(KEY).open(PLACE, sealed)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aChangedBitIsNoticed() {
        var sealed = box(KEY).seal(PLACE, "secret");
        var at = sealed.length() - 8;
        var changed = sealed.substring(0, at) + (sealed.charAt(at) == 'A' ? 'B' : 'A') + sealed.substring(at + 1);

        assertThatThrownBy(() -> box(KEY).open(PLACE, changed)).isInstanceOf(CannotOpen.class);
    }

    @Test
    void whatIsSealedForOnePlaceOpensInNoOther() {
        var box = box(KEY);
        var sealed = box.seal(PLACE, "secret");

        for (var other : List.of(
                new Place("connection", "sub_1", "acme", "config"),
                new Place("subscription", "sub_2", "acme", "config"),
                new Place("subscription", "sub_1", "other", "config"),
                new Place("subscription", "sub_1", "acme", "secrets"),
                new Place("subscription", "sub_1acme", "", "config"))) {
            assertThatThrownBy(() -> box.open(other, sealed))
                    .as(other.toString())
                    .isInstanceOf(CannotOpen.class)
                    .hasMessageContaining("another place");
        }
    }

    @Test
    void whatWasSealedBeforeThereWerePlacesOpensUntilItIsRefused() {
        var box = box(OTHER, KEY);

        assertThat(box.open(PLACE, UNBOUND)).isEqualTo("secret");

        box.refuseUnbound();
        assertThatThrownBy(() -> box.open(PLACE, UNBOUND))
                .isInstanceOf(CannotOpen.class)
                .hasMessageContaining("not accepted any more");
    }

    @Test
    void whileNodesOfAnOlderReleaseLiveItIsSealedSoThatTheyCanOpenItToo() {
        var box = box(KEY);

        box.bindsNew(false);

        var sealed = box.seal(PLACE, "secret");
        assertThat(sealed).startsWith("v1.");
        assertThat(box.open(PLACE, sealed)).isEqualTo("secret");
        box.refuseUnbound();
        box.bindsNew(false);
        assertThat(box.seal(PLACE, "secret")).startsWith("v2.");
    }

    @Test
    void theNextKeyOpensAndDoesNotSeal() {
        var next = SecretBoxConfiguration.box(TestProperties.of(Map.of(
                "waypost.secret-key", KEY, "waypost.next-secret-key", OTHER, "waypost.previous-secret-keys", "")));

        assertThat(next.open(PLACE, box(OTHER).seal(PLACE, "secret"))).isEqualTo("secret");
        assertThat(box(KEY).open(PLACE, next.seal(PLACE, "secret"))).isEqualTo("secret");
    }

    @Test
    void whatWasSignedWithAFormerKeyIsStillSigned() {
        var signature = box(KEY).sign("link", "sub_1");

        assertThat(box(OTHER, KEY).isSigned("link", "sub_1", signature)).isTrue();
        assertThat(box(OTHER, KEY).isSigned("link", "sub_2", signature)).isFalse();
        assertThat(box(OTHER).isSigned("link", "sub_1", signature)).isFalse();
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
        var sealed = box("").seal(PLACE, "secret");

        var file = directory.resolve("data/secret.key");
        assertThat(box("").open(PLACE, sealed)).isEqualTo("secret");
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

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private AesSecretBox box(String key, String... previous) {
        return SecretBoxConfiguration.box(TestProperties.of(Map.of(
                "waypost.data-dir", directory.resolve("data").toString(),
                "waypost.secret-key", key,
                "waypost.previous-secret-keys", String.join(",", previous))));
    }

    private static String key(int fill) {
        var key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return Base64.getEncoder().encodeToString(key);
    }
}

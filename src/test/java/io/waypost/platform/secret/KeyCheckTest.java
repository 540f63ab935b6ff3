package io.waypost.platform.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.CannotStart;
import io.waypost.platform.SecretBox.CannotOpen;
import io.waypost.platform.SecretBox.Place;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyCheckTest {

    private static final Place PLACE = new Place("kept", "1", "acme", "config");

    private final OneRow row = new OneRow();
    private final MemorySealedRows rows = new MemorySealedRows();

    private void start(AesSecretBox box) {
        new KeyCheck(row, rows, false).check(box);
    }

    @Test
    void aNodeWithAnotherKeyThanTheDatabaseRefusesToStart() {
        start(box(1));

        start(box(1));
        assertThatThrownBy(() -> start(box(2)))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("WAYPOST_SECRET_KEY")
                .hasMessageContaining(KeyCheck.START_ANYWAY);
    }

    @Test
    void givenKeysWereChanged_whenANodeStillHasOnlyTheOldOne_thenItRefusesToStart() {
        start(box(1));

        start(box(2, 1));

        start(box(2));
        assertThatThrownBy(() -> start(box(1))).isInstanceOf(CannotStart.class);
    }

    @Test
    void aRowThatNoKeyOpensRefusesTheStartAndIsNamed() {
        start(box(1));
        for (int i = 10; i < 22; i++) {
            rows.put("kept", "" + i, box(1), "secret");
        }
        rows.put("brief", "30", box(1), "answer");
        start(box(2, 1));

        assertThatThrownBy(() -> start(box(2)))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("13 stored rows")
                .hasMessageContaining("kept 10, kept 11")
                .hasMessageContaining("kept 19, ...")
                .hasMessageContaining("WAYPOST_PREVIOUS_SECRET_KEYS")
                .hasMessageContaining(KeyCheck.START_ANYWAY);
        start(box(2, 1));
    }

    @Test
    void aRowThatWasMovedRefusesTheStart() {
        start(box(1));
        rows.put("kept", "1", box(1), "secret");
        start(box(1));
        rows.put("kept", "2", rows.sealed("kept", "1"));

        assertThatThrownBy(() -> start(box(1))).isInstanceOf(CannotStart.class).hasMessageContaining("kept 2");
    }

    @Test
    void toldSoItStartsAllTheSameAndDoesNotTakeTheRightKeyAway() {
        start(box(1));
        rows.put("kept", "1", box(1), "secret");

        new KeyCheck(row, rows, true).check(box(2));

        start(box(1));
    }

    @Test
    void inANewDatabaseNothingIsAcceptedThatIsNotBoundToItsPlace() {
        var box = box(1);

        start(box);

        assertThatThrownBy(() -> box.open(PLACE, unbound())).isInstanceOf(CannotOpen.class);
    }

    @Test
    void inAnOldOneItIsAcceptedUntilAllIsBoundAndThenNeverAgain() {
        var old = box(1);
        old.bindsNew(false);
        row.row = old.seal(new Place("key_check", "1", "", "sealed"), "Waypost, sealed");
        rows.put("kept", "1", unbound());
        var box = box(1);
        start(box);
        assertThat(box.open(PLACE, rows.sealed("kept", "1"))).isEqualTo("secret");
        rows.put("kept", "1", box, "secret");

        new KeyCheck(row, rows, false).allBound(box);

        assertThatThrownBy(() -> box.open(PLACE, unbound())).isInstanceOf(CannotOpen.class);
        var next = box(1);
        start(next);
        assertThatThrownBy(() -> next.open(PLACE, unbound())).isInstanceOf(CannotOpen.class);
        rows.put("kept", "2", unbound());
        assertThatThrownBy(() -> start(box(1))).isInstanceOf(CannotStart.class).hasMessageContaining("kept 2");
    }

    @Test
    void whileANodeOfAnOlderReleaseLivesItCanReadWhatIsSealed() {
        var old = box(1);
        old.bindsNew(false);
        row.row = old.seal(PLACE, "Waypost, sealed");
        rows.others.put("node_1", SealedRows.OLDER);
        var box = box(1);

        start(box);

        assertThat(box.seal(PLACE, "secret")).startsWith("v1.");
        assertThat(row.row).startsWith("v1.");
    }

    private static String unbound() {
        var old = box(1);
        old.bindsNew(false);
        return old.seal(PLACE, "secret");
    }

    static AesSecretBox box(int key, int... others) {
        return new AesSecretBox(
                key(key), Arrays.stream(others).mapToObj(KeyCheckTest::key).toList());
    }

    private static byte[] key(int fill) {
        var key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return key;
    }

    static final class OneRow implements KeyCheckStore {

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

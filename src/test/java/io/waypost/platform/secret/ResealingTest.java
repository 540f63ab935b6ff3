package io.waypost.platform.secret;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.SecretBox.Place;
import io.waypost.platform.SettableClock;
import io.waypost.platform.node.TestNodes;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ResealingTest {

    private final KeyCheckTest.OneRow row = new KeyCheckTest.OneRow();
    private final MemorySealedRows rows = new MemorySealedRows();
    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");

    private Resealing started(AesSecretBox box) {
        var check = new KeyCheck(row, rows, true);
        check.check(box);
        return new Resealing(rows, box, check, TestNodes.alone(), clock);
    }

    private static AesSecretBox box(int key, int... others) {
        return KeyCheckTest.box(key, others);
    }

    private static String open(AesSecretBox box, String table, String id, String sealed) {
        return box.open(new Place(table, id, "acme", "config"), sealed);
    }

    @Test
    void whatIsSealedWithAFormerKeyIsSealedAgainAndThenTheFormerIsNotNeeded() {
        for (int i = 1000; i < 1250; i++) {
            rows.put("kept", "" + i, box(1), "secret " + i);
        }
        rows.put("brief", "1", box(1), "answer");
        var resealing = started(box(2, 1));
        assertThat(resealing.status().settled()).isFalse();

        resealing.lookOnce();

        assertThat(resealing.status().settled()).isTrue();
        assertThat(open(box(2), "kept", "1249", rows.sealed("kept", "1249"))).isEqualTo("secret 1249");
        assertThat(open(box(2), "brief", "1", rows.sealed("brief", "1"))).isEqualTo("answer");
        var before = rows.sealed("kept", "1000");
        resealing.lookOnce();
        assertThat(rows.sealed("kept", "1000")).isEqualTo(before);
    }

    /** It would go on sealing with its own, or take back what this one does. */
    @Test
    void asLongAsAnotherNodeSealsWithAnotherKeyNothingIsSealedAgain() {
        rows.put("kept", "1", box(1), "secret");
        rows.others.put("node_2", box(1).prefix());
        var before = rows.sealed("kept", "1");
        var resealing = started(box(2, 1));

        resealing.lookOnce();

        assertThat(rows.sealed("kept", "1")).isEqualTo(before);
        assertThat(resealing.status().settled()).isFalse();
        assertThat(resealing.status().others()).isEqualTo(1);
        assertThat(resealing.status().former()).isEqualTo(1);

        rows.others.put("node_2", "");
        resealing.lookOnce();
        assertThat(rows.sealed("kept", "1")).isEqualTo(before);

        rows.others.put("node_2", box(2).prefix());
        resealing.lookOnce();
        assertThat(open(box(2), "kept", "1", rows.sealed("kept", "1"))).isEqualTo("secret");
        assertThat(resealing.status().settled()).isTrue();
    }

    @Test
    void whatComesFromANodeThatJoinsLaterIsLookedForAgain() {
        var resealing = started(box(2, 1));
        resealing.lookOnce();
        assertThat(resealing.status().settled()).isTrue();
        rows.put("kept", "1", box(1), "secret");
        rows.others.put("node_2", box(1).prefix());

        resealing.lookOnce();

        assertThat(resealing.status().settled()).isFalse();
        rows.others.clear();
        resealing.lookOnce();
        assertThat(resealing.status().settled()).isTrue();
        assertThat(open(box(2), "kept", "1", rows.sealed("kept", "1"))).isEqualTo("secret");
    }

    @Test
    void whatNoKeyOpensIsLeftAsItIsAndToldOfUntilItIsGone() {
        rows.put("kept", "1", box(3), "lost");
        rows.put("kept", "2", box(1), "secret");
        var lost = rows.sealed("kept", "1");
        var resealing = started(box(2, 1));

        resealing.lookOnce();

        assertThat(rows.sealed("kept", "1")).isEqualTo(lost);
        assertThat(resealing.status().unopened()).isEqualTo(1);
        assertThat(resealing.status().examples()).containsExactly("kept 1");
        assertThat(resealing.status().settled()).isFalse();
        assertThat(open(box(2), "kept", "2", rows.sealed("kept", "2"))).isEqualTo("secret");

        rows.tables.get("kept").remove("1");
        clock.advance(Duration.ofMinutes(1));
        resealing.lookOnce();
        assertThat(resealing.status().unopened()).isZero();
        assertThat(resealing.status().settled()).isTrue();
    }

    @Test
    void whatWasDamagedBeforeAStartIsToldOfUntilItIsGone() {
        rows.put("kept", "1", box(1), "secret");
        rows.put("kept", "2", rows.sealed("kept", "1"));
        var resealing = started(box(1));

        resealing.lookOnce();

        assertThat(resealing.status().examples()).containsExactly("kept 2");
        rows.tables.get("kept").remove("2");
        clock.advance(Duration.ofMinutes(1));
        resealing.lookOnce();
        assertThat(resealing.status().unopened()).isZero();
    }

    @Test
    void whatWasNotBoundToItsPlaceIsBoundAndMovedNowhereAfterwards() {
        var old = box(1);
        old.bindsNew(false);
        row.create(old.seal(new Place("key_check", "1", "", "sealed"), "Waypost, sealed"));
        rows.put("kept", "1", old, "secret");
        rows.others.put("node_2", SealedRows.OLDER);
        var resealing = started(box(1));

        resealing.lookOnce();
        assertThat(rows.sealed("kept", "1")).startsWith("v1.");

        rows.others.clear();
        resealing.lookOnce();
        assertThat(rows.sealed("kept", "1")).startsWith("v2.");
        assertThat(open(box(1), "kept", "1", rows.sealed("kept", "1"))).isEqualTo("secret");
        assertThat(resealing.status().settled()).isTrue();
    }
}

package io.waypost.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.Refused;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class RoomTest {

    private static final int MIB = 1024 * 1024;

    private final Room room = new Room(8, 4 * MIB, 3);

    private Room.Share enter(String owner) {
        return room.enter(owner, Duration.ZERO);
    }

    @Test
    void nobodyHasMoreThanHalf() {
        for (int i = 0; i < 4; i++) {
            enter("one");
        }

        assertThatThrownBy(() -> enter("one")).isInstanceOf(Refused.class);
        enter("other").close();
    }

    @Test
    void thoseOfWhomNobodyKnowsHaveOneShareTogether() {
        var unknown = enter("");
        for (int i = 0; i < 3; i++) {
            enter("");
        }
        assertThatThrownBy(() -> enter("")).isInstanceOf(Refused.class);

        unknown.belongsTo("one");

        enter("");
    }

    @Test
    void whoseItIsMayTurnOutToBeSomebodyWithTooMany() {
        for (int i = 0; i < 4; i++) {
            enter("one");
        }
        var unknown = enter("");

        assertThatThrownBy(() -> unknown.belongsTo("one")).isInstanceOf(Refused.class);

        unknown.close();
    }

    @Test
    void ofThoseWhoWantMoreOneGetsItEvenIfThereIsNoneLeft() throws Exception {
        var first = enter("one");
        var second = enter("one");
        first.reserve(MIB);
        second.reserve(MIB / 2);
        var third = enter("one");
        third.reserve(MIB / 2);

        second.reserve(MIB);
        var got = new AtomicBoolean();
        var waiting = Thread.startVirtualThread(() -> {
            third.reserve(MIB);
            got.set(true);
        });

        assertThat(got).isFalse();
        second.close();
        waiting.join();
        assertThat(got).isTrue();
    }

    @Test
    void whatIsFilledByOneLeavesRoomForAnother() {
        enter("one").reserve(MIB);
        enter("one").reserve(MIB);

        enter("other").reserve(MIB);
        enter("other").reserve(MIB);
    }

    @Test
    void whoLeavesGivesBackEverything() {
        for (int i = 0; i < 20; i++) {
            try (var share = enter("one")) {
                share.reserve(MIB / 2);
                share.reserve(MIB);
                share.reserve(4 * MIB);
            }
        }
    }

    @Test
    void largeBodiesWaitForEachOtherButNotSmallOnes() throws Exception {
        var first = enter("one");
        first.reserve(4 * MIB);
        first.reserve(16 * MIB);
        enter("one").reserve(4 * MIB);
        var third = enter("one");
        var entered = new AtomicBoolean();
        var waiting = Thread.startVirtualThread(() -> {
            third.reserve(4 * MIB);
            entered.set(true);
        });

        enter("one").reserve(MIB);
        enter("other").reserve(4 * MIB);
        assertThat(entered).isFalse();
        first.close();
        waiting.join();

        assertThat(entered).isTrue();
    }
}

package io.waypost.intake.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReceptionTest {

    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    private static final Source SOURCE = new Source("src_1", "default", "door", null, "token", Json.object(), NOW);
    private static final Posting POSTING = new Posting("POST", Map.of(), "", new byte[0], NOW);

    private final SourceKinds kinds = new SourceKinds();
    private final List<String> rejected = new ArrayList<>();
    private final Reception reception = new Reception(
            kinds, new Rejections(store(), new SettableClock("2026-01-31T12:00:00Z"), TestProperties.of(Map.of())));

    @Test
    void whatCannotBeStoredNowIsToComeAgainAndIsNotRejected() {
        running((_, _) -> {
            throw Refused.overloaded("The events could not be stored; try again", Duration.ofSeconds(2));
        });

        assertThatThrownBy(() -> reception.take(SOURCE, POSTING))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(2)));

        assertThat(rejected).isEmpty();
    }

    @Test
    void whileTheRouteDoesNotRunPostsAreToComeAgain() {
        var kind = running((_, _) -> {});
        assertThat(reception.kind(SOURCE)).isEqualTo(kind);
        kinds.remove(kind);

        assertThatThrownBy(() -> reception.kind(SOURCE)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> reception.take(SOURCE, POSTING))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.reason()).isEqualTo(Refused.Reason.OVERLOADED));
    }

    @Test
    void aFailureOfOursIsNotTheSendersFault() {
        running((_, _) -> {
            throw new IllegalStateException("a bug");
        });

        assertThatThrownBy(() -> reception.take(SOURCE, POSTING)).hasMessage("a bug");

        assertThat(rejected).isEmpty();
    }

    @Test
    void whatDoesNotProveItsSenderIsRejected() {
        running((_, _) -> {
            throw new NotProven("no");
        });

        assertThatThrownBy(() -> reception.take(SOURCE, POSTING)).isInstanceOf(NotProven.class);

        assertThat(rejected).containsExactly("no");
    }

    private SourceStore store() {
        return (SourceStore) Proxy.newProxyInstance(
                SourceStore.class.getClassLoader(), new Class<?>[] {SourceStore.class}, (_, method, arguments) -> {
                    if (method.getName().equals("reject")) {
                        rejected.add(((Rejected) arguments[0]).reason());
                    }
                    return null;
                });
    }

    private SourceKind running(SourceKinds.Way way) {
        var kind = new SourceKind("door", "Door", Map.of(), Set.of(), Set.of(), false);
        kinds.add(kind, way);
        return kind;
    }
}

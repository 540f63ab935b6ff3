package io.waypost.store.jdbc.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Ids;
import io.waypost.platform.TestProperties;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What a start makes of what the process before has left. */
class FormerClaimsTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant LEASE_END = NOON.plusSeconds(120);

    private final JdbcClient jdbc = JdbcClient.create(TestDatabases.h2());

    private void add(long seq, int attempts, Instant dueAt, Instant nextAttemptAt, Long batch) {
        jdbc.sql("""
                        insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                              due_at, next_attempt_at, replay, line, batch)
                        values (1, :seq, 7, 't1', 'RETRYING', :attempts, :attempts, 1, :due, :next, false, 7, :batch)
                        """)
                .param("seq", seq)
                .param("attempts", attempts)
                .param("due", Ids.micros(dueAt))
                .param("next", Ids.micros(nextAttemptAt))
                .param("batch", batch)
                .update();
    }

    private Instant dueAt(long seq) {
        return Ids.instant(jdbc.sql("select due_at from delivery where seq = :seq")
                .param("seq", seq)
                .query(Long.class)
                .single());
    }

    private void start() {
        new FormerClaims(jdbc, TestProperties.of(Map.of())).afterPropertiesSet();
    }

    @Test
    void whatWasClaimedIsDueWhenItWasPlannedAndWhatWaitsForARunGoesOnWaiting() {
        add(1, 1, LEASE_END, NOON, null);
        add(2, 1, Runs.NOT_BY_ITSELF, NOON, null);

        start();

        assertThat(dueAt(1)).isEqualTo(NOON);
        assertThat(dueAt(2)).isEqualTo(Runs.NOT_BY_ITSELF);
    }

    @Test
    void aRequestThatWasCutOffMayBeMadeAgainAtOnceAndItsEventsAreKnown() {
        jdbc.sql("insert into idempotency_key (id, body_hash, token, seed, started_at) values ('a', 'b', 7, 8, 9)")
                .update();

        start();

        assertThat(jdbc.sql("select token, seed from idempotency_key")
                        .query()
                        .singleRow()
                        .values())
                .containsExactly(0L, 8L);
    }

    @Test
    void aBatchThatWasOnItsWayIsDueAtOnceAndAsAWhole() {
        add(1, 0, LEASE_END, NOON, 5L);
        add(2, 0, LEASE_END, NOON.plusSeconds(3), 5L);
        add(3, 1, LEASE_END, NOON.plusSeconds(9), 6L);
        add(4, 1, LEASE_END, NOON.plusSeconds(9), 6L);

        start();

        assertThat(dueAt(1)).isEqualTo(dueAt(2)).isBefore(NOON);
        assertThat(dueAt(3)).isEqualTo(dueAt(4)).isEqualTo(NOON.plusSeconds(9));
    }
}

package io.waypost.replay;

import io.waypost.delivery.MissedRange;
import java.time.Clock;
import java.util.List;
import javax.sql.DataSource;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.processor.aggregate.jdbc.JdbcAggregationRepository;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Camel's JDBC aggregation repository, but a completed group becomes a replay in the transaction that removes it. With
 * Camel's own repository, the group would be removed first and the replay started later on another thread: after a crash in
 * between the group would be lost, and two nodes might complete the same group.
 */
final class MissedRangeGroups extends JdbcAggregationRepository {

    private static final String BUFFERED = "buffered";
    private static final String FIRST = "first_seq";

    private final ReplayStore replays;
    private final Clock clock;

    MissedRangeGroups(
            PlatformTransactionManager transactions, DataSource dataSource, ReplayStore replays, Clock clock) {
        super(transactions, "replay_buffer", dataSource);
        this.replays = replays;
        this.clock = clock;
        setDeserializationFilter("java.**;org.apache.camel.**;io.waypost.delivery.MissedRange*;!*");
        // These are columns of the table, so that the size of a buffer can be read without deserializing its group.
        setHeadersToStoreAsText(List.of(BUFFERED, FIRST));
        // The replay starts in the same transaction, so there is nothing to recover.
        setUseRecovery(false);
    }

    @Override
    public Exchange add(CamelContext camel, String key, Exchange group) {
        var range = group.getMessage().getBody(MissedRange.class);
        group.getMessage().setHeader(BUFFERED, "%019d".formatted(range.count()));
        group.getMessage().setHeader(FIRST, "%019d".formatted(range.first()));
        return super.add(camel, key, group);
    }

    /** @throws OptimisticLockingException if the group has changed since it was read */
    @Override
    public void remove(CamelContext camel, String key, Exchange group) {
        var range = group.getMessage().getBody(MissedRange.class);
        if (!replays.letOut(range, group.getProperty(VERSION_PROPERTY, Long.class), clock.instant())) {
            throw new OptimisticLockingException();
        }
    }

    /** Nothing is left to do after the removal. */
    @Override
    public boolean confirmWithResult(CamelContext camel, String exchangeId) {
        return true;
    }
}

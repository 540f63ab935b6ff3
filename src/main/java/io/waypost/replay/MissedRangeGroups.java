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
 * Camel's repository of groups, but what is completed becomes a replay in the transaction that takes it out. Camel itself
 * would hand it on afterwards, on a thread of its own: until then, and for longer if a crash comes between, nobody could
 * tell a group that is on its way from one that never was, and two nodes might complete the same one.
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
        // Columns of the table, so that nobody has to open what it keeps to know how much there is.
        setHeadersToStoreAsText(List.of(BUFFERED, FIRST));
        // Nothing is handed over later, so there is nothing to recover.
        setUseRecovery(false);
    }

    @Override
    public Exchange add(CamelContext camel, String key, Exchange group) {
        var range = group.getMessage().getBody(MissedRange.class);
        group.getMessage().setHeader(BUFFERED, "%019d".formatted(range.count()));
        group.getMessage().setHeader(FIRST, "%019d".formatted(range.first()));
        return super.add(camel, key, group);
    }

    /** @throws OptimisticLockingException if it has changed since it was read */
    @Override
    public void remove(CamelContext camel, String key, Exchange group) {
        var range = group.getMessage().getBody(MissedRange.class);
        if (!replays.letOut(range, group.getProperty(VERSION_PROPERTY, Long.class), clock.instant())) {
            throw new OptimisticLockingException();
        }
    }

    /** What has been removed is done with. */
    @Override
    public boolean confirmWithResult(CamelContext camel, String exchangeId) {
        return true;
    }
}

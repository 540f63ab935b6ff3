package io.waypost.store.jdbc.database;

import io.waypost.platform.Ids;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.Runs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Ends the claims of the previous process if it died, so that its work is continued at once. Only for the embedded
 * database, which belongs to one process at a time; on a shared database the living nodes end the claims of dead ones: see
 * {@code NodeStore}.
 */
@Component
class FormerClaims implements InitializingBean {

    private static final Logger log = LoggerFactory.getLogger(FormerClaims.class);

    private final JdbcClient jdbc;
    private final boolean embedded;

    FormerClaims(JdbcClient jdbc, WaypostProperties properties) {
        this.jdbc = jdbc;
        var url = properties.db().url();
        this.embedded = url == null || url.isBlank();
    }

    /** Runs before this process can claim anything, which begins after all beans have been created. */
    @Override
    public void afterPropertiesSet() {
        if (!embedded) {
            return;
        }
        var segments = jdbc.sql("update log_segment set lease_end = 0").update();
        var deliveries = deliveries();
        var replays = jdbc.sql("update replay set due_at = created_at").update();
        // Notices about the end of a buffer's window are due later than they were created, without a claim.
        jdbc.sql("update notice set due_at = at where lane >= 0 and due_at > at and kind <> 'webhook.buffer_closed'")
                .update();
        jdbc.sql("update idempotency_key set token = 0 where answer is null").update();
        if (segments + deliveries + replays > 0) {
            log.info(
                    "The process before was cut off: {} segments of the log, {} deliveries and {} replays are taken up",
                    segments,
                    deliveries,
                    replays);
        }
    }

    /**
     * Deliveries that wait for a dispatch run have no claim. The members of a batch that was in flight for the first time
     * get the same due date, because the batch keeps its members only if they are due together.
     */
    private int deliveries() {
        return jdbc.sql("""
                        update delivery
                           set due_at = case when batch > 0 and attempts = 0 then 0 else next_attempt_at end
                         where due_at > next_attempt_at
                           and due_at < :held
                        """).param("held", Ids.micros(Runs.NOT_BY_ITSELF)).update();
    }
}

package io.waypost.store.jdbc;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Numbers the changes of subscriptions, so that nodes can follow them in the order of commits. */
@Component
public class SubscriptionRevisions {

    private final JdbcClient jdbc;

    public SubscriptionRevisions(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Locks changes of subscriptions by other transactions until the current one ends. */
    public void lock() {
        jdbc.sql("select last from subscription_revision for update")
                .query(Long.class)
                .single();
    }

    /**
     * The next number. To be called in the transaction that makes the change, before the change: it locks the row with the
     * number until the commit, so that the order of numbers is the order of commits.
     */
    public long next() {
        jdbc.sql("update subscription_revision set last = last + 1").update();
        return jdbc.sql("select last from subscription_revision")
                .query(Long.class)
                .single();
    }
}

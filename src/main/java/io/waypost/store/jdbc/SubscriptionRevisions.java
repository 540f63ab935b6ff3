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

    /** Keeps everybody else from changing subscriptions until the transaction it is called in ends. */
    public void lock() {
        jdbc.sql("select last from subscription_revision for update")
                .query(Long.class)
                .single();
    }

    /**
     * The next number. Call it inside the transaction that makes the change, before the change: it locks the one row of
     * numbers until the commit, which makes the order of numbers the order of commits.
     */
    public long next() {
        jdbc.sql("update subscription_revision set last = last + 1").update();
        return jdbc.sql("select last from subscription_revision")
                .query(Long.class)
                .single();
    }
}

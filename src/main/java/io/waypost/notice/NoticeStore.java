package io.waypost.notice;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Where notices wait until they have been told. They are left there in the transaction that made them necessary. */
public interface NoticeStore {

    /**
     * Takes some notices that are due about what became of subscriptions; who does not {@link #told tell} them before the
     * lease ends gives them to another.
     */
    List<Notice> claim(Instant now, Duration lease);

    /** Takes some about deliveries that were given up, in the same way. To be {@link #forget forgotten} when told. */
    List<Notice> claimExhausted(Instant now, Duration lease);

    void told(Notice notice, Instant now);

    /** Gives it back until its time has come. */
    void postpone(Notice notice, Instant until);

    /** Deletes them. */
    void forget(List<Notice> notices);

    /** Deletes at most {@code most} that were told before {@code olderThan}. */
    int purge(Instant olderThan, int most);
}

package io.waypost.notice;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Where notices wait until they have been told. They are left there in the transaction that made them necessary. */
public interface NoticeStore {

    /** Takes notices that are due; who does not {@link #told tell} them before the lease ends gives them to another. */
    List<Notice> claim(Instant now, Duration lease);

    void told(Notice notice, Instant now);

    /** Deletes at most {@code most} that were told before {@code olderThan}. */
    int purge(Instant olderThan, int most);
}

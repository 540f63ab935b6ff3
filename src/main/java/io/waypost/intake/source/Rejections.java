package io.waypost.intake.source;

import io.waypost.platform.Ids;
import io.waypost.platform.WaypostProperties;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** What came to sources and was refused: kept for the eyes of whoever set them up, few and for a while. */
@Component
public class Rejections {

    private static final int AT_ONCE = 500;
    private static final int LONGEST_REASON = 500;

    private final SourceStore store;
    private final Clock clock;
    private final Duration retention;
    private final Lock trimming = new ReentrantLock();

    public Rejections(SourceStore store, Clock clock, WaypostProperties properties) {
        this.store = store;
        this.clock = clock;
        this.retention = properties.retention();
    }

    /** Newest first; {@code before} is the id of the last one seen, or null. */
    public List<Rejected> list(Source source, @Nullable String before, int limit) {
        return store.rejected(source.id(), before, limit);
    }

    /** Keeps it; of a source that has too many, the oldest go. */
    public void add(Source source, String reason, String body) {
        var now = clock.instant();
        store.reject(new Rejected(
                Ids.next("rej", now), source.id(), now, cut(reason, LONGEST_REASON), cut(body, Rejected.MOST_BODY)));
        // Those who come while one is at it leave it to the next: in a flood they would only be in each other's way.
        if (trimming.tryLock()) {
            try {
                store.trim(source.id());
            } finally {
                trimming.unlock();
            }
        }
    }

    /** What an exception says, as a reason. */
    public static String reason(Exception e) {
        return String.valueOf(e.getMessage());
    }

    @Scheduled(
            fixedDelayString = "${waypost.retention-every:10m}",
            initialDelayString = "${waypost.retention-every:10m}")
    void purge() {
        var cutoff = clock.instant().minus(retention);
        while (store.purge(cutoff, AT_ONCE) == AT_ONCE) {
            // Small transactions, so that none holds others up.
        }
    }

    /** What a database can keep of it: no NUL, no half of a character, and not too much. */
    private static String cut(String text, int most) {
        var end = Math.min(text.length(), most);
        var cut = text.substring(0, end).replace('\0', '\uFFFD');
        var storable = new StringBuilder(cut.length());
        cut.codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                .forEach(storable::appendCodePoint);
        return storable.toString();
    }
}

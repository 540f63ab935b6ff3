package io.waypost.api.http;

import io.waypost.platform.Refused;
import io.waypost.platform.storage.StorageWatch;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets in as many requests as memory allows. Virtual threads set no bound of their own, so a flood would be read into
 * memory whole; here it waits a little and is then sent away with a 503. Publishing, vendors' posts, other writing and
 * reading have a room each, so that none shuts out the others.
 */
@Component
final class Admission extends OncePerRequestFilter implements Ordered {

    static final String PUBLISHING = "/v1/events";

    /** Where vendors post to; it needs no key, but a token in the path. */
    static final String INBOUND = "/in/";

    /** Bodies above this come in one by one, so that they neither crowd out small ones nor fill the memory when parsed. */
    static final int LARGE = 1024 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration PATIENCE_OF_LARGE = Duration.ofSeconds(10);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Availability availability;
    private final StorageWatch storage;
    private final Room publishing = new Room(2_000, 32 * 1024, 2);
    private final Room inbound = new Room(500, 16 * 1024, 1);
    private final Room writing = new Room(500, 16 * 1024, 2);
    private final Room reading = new Room(64, 0, 0);

    Admission(Availability availability, StorageWatch storage) {
        this.availability = availability;
        this.storage = storage;
    }

    @Override
    public int getOrder() {
        return ApiKeyFilter.ORDER + 10;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        var path = request.getServletPath();
        return !path.startsWith("/v1/")
                && !path.startsWith("/hooks")
                && !path.startsWith(INBOUND)
                && VendorCalls.system(path).isEmpty();
    }

    /** Whether what is posted to the path becomes events. */
    static boolean isPublishing(String path) {
        return path.equals(PUBLISHING) || path.startsWith(INBOUND);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Share share;
        try {
            share = admit(request, response);
        } catch (Refused e) {
            Problems.write(Problem.of(e), e, request, response);
            return;
        }
        try (share) {
            request.setAttribute(Share.class.getName(), share);
            chain.doFilter(request, response);
        }
    }

    private Share admit(HttpServletRequest request, HttpServletResponse response) {
        var method = request.getMethod();
        var path = request.getServletPath();
        // Of some vendors the news comes in a GET.
        if ((method.equals("GET") || method.equals("HEAD")) && !path.startsWith(INBOUND)) {
            return reading.enter(PATIENCE);
        }
        if (!isPublishing(path)) {
            return toWrite(writing);
        }
        if (availability.draining()) {
            // Whoever kept it would find it closed the next time.
            response.setHeader(HttpHeaders.CONNECTION, "close");
        }
        if (path.startsWith(INBOUND)) {
            // Who posts there has no key; so it has a room of its own, and publishers are not shut out. What is turned
            // away may never be sent again: it is taken until the port closes.
            return toWrite(inbound);
        }
        availability.verify();
        return toWrite(publishing);
    }

    /** What cannot be stored does not get as far as trying to. */
    private Share toWrite(Room room) {
        var share = room.enter(Duration.ZERO);
        try {
            storage.verify();
            return share;
        } catch (Refused e) {
            share.close();
            throw e;
        }
    }

    Share publishing() {
        return publishing.enter(Duration.ZERO);
    }

    /** So many requests, so many KiB of small bodies, and so many large bodies at once. */
    private static final class Room {

        private final Semaphore requests;
        private final Semaphore kib;
        private final Semaphore large;

        Room(int requests, int kib, int large) {
            this.requests = new Semaphore(requests);
            this.kib = new Semaphore(kib);
            this.large = new Semaphore(large);
        }

        Share enter(Duration patience) {
            take(requests, 1, patience);
            return new Share(this);
        }

        static void take(Semaphore semaphore, int permits, Duration patience) {
            try {
                if (semaphore.tryAcquire(permits, patience.toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Refused.overloaded("Shutting down", RETRY_AFTER, e);
            }
            throw Refused.overloaded("More requests at once than can be taken", RETRY_AFTER);
        }
    }

    /** What one request has of a room; used by its own thread only. */
    static final class Share implements AutoCloseable {

        private final Room room;
        private int kib;
        private boolean large;

        private Share(Room room) {
            this.room = room;
        }

        /**
         * Makes sure that so much of the body may be held in memory.
         *
         * @param announced whether this is all of it, or all before it counts as large. Such a request waits for room; one
         *     that has some and wants more does not, or they would all wait for each other
         * @throws Refused (overloaded) if there is no room
         */
        void reserve(int bytes, boolean announced) {
            if (bytes > LARGE) {
                if (!large) {
                    Room.take(room.large, 1, PATIENCE_OF_LARGE);
                    large = true;
                }
                return;
            }
            var more = (bytes + 1023) / 1024 - kib;
            if (more > 0) {
                Room.take(room.kib, more, announced ? PATIENCE : Duration.ZERO);
                kib += more;
            }
        }

        @Override
        public void close() {
            room.kib.release(kib);
            room.large.release(large ? 1 : 0);
            room.requests.release();
        }
    }
}

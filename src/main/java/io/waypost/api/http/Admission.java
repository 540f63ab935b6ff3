package io.waypost.api.http;

import io.waypost.platform.Memory;
import io.waypost.platform.Refused;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.tenancy.Caller;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets in as many requests as memory allows. Virtual threads set no bound of their own, so a flood would be read into
 * memory whole; here it waits a little and is then sent away with a 503. Publishing, vendors' posts, other writing and
 * reading have a room each, so that none shuts out the others, and no tenant has more than half of one. What counts is what has
 * come, not what was announced.
 */
@Component
final class Admission extends OncePerRequestFilter implements Ordered {

    static final String PUBLISHING = "/v1/events";

    /** Where vendors post to; it needs no key, but a token in the path. */
    static final String INBOUND = "/in/";

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long MIB = 1024 * 1024;

    /** A JVM told to have a GiB has a little less. */
    private static final long GIB = 1000 * MIB;

    /** Whose the requests of admin keys are; no tenant has such a name. */
    private static final String ADMIN = "*";

    private final Availability availability;
    private final StorageWatch storage;
    private final Room publishing = new Room(2_000, bodies(32 * MIB, 48), large(3));
    private final Room inbound = new Room(1_000, bodies(16 * MIB, 96), large(2));
    private final Room writing = new Room(1_000, bodies(16 * MIB, 96), 0);
    private final Room reading = new Room(64, 0, 0);

    /** Of the calls of other systems some have their key in the body. */
    private final Room unknown = new Room(500, Memory.share(8 * MIB, 192), 0);

    Admission(Availability availability, StorageWatch storage) {
        this.availability = availability;
        this.storage = storage;
    }

    /** What is made of a body takes some times its size: so much less of a small heap; but a body fits into half of it. */
    private static long bodies(long usual, int part) {
        return Math.max(Memory.share(usual, part), 2 * (MIB + 1));
    }

    /** With less than 1 GiB one at a time: it may take 16 MiB, and as a tree four times as much. */
    private static int large(int usual) {
        return Memory.share(2 * GIB, 1) < GIB ? 1 : usual;
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
        Room.Share share;
        try {
            share = admit(request, response);
        } catch (Refused e) {
            Problems.write(Problem.of(e), e, request, response);
            return;
        }
        try (share) {
            request.setAttribute(Room.Share.class.getName(), share);
            chain.doFilter(request, response);
        }
    }

    private Room.Share admit(HttpServletRequest request, HttpServletResponse response) {
        var method = request.getMethod();
        var path = request.getServletPath();
        // Of some vendors the news comes in a GET.
        var reads = (method.equals("GET") || method.equals("HEAD")) && !path.startsWith(INBOUND);
        if (VendorCalls.system(path).isPresent()) {
            return reads ? unknown.enter(owner(request), PATIENCE) : toWrite(unknown, request);
        }
        if (reads) {
            return reading.enter(owner(request), PATIENCE);
        }
        if (!isPublishing(path)) {
            return toWrite(writing, request);
        }
        if (availability.draining()) {
            // Whoever kept it would find it closed the next time.
            response.setHeader(HttpHeaders.CONNECTION, "close");
        }
        if (path.startsWith(INBOUND)) {
            // Who posts there has no key; so it has a room of its own, and publishers are not shut out. What is turned
            // away may never be sent again: it is taken until the port closes.
            return toWrite(inbound, request);
        }
        availability.verify();
        return toWrite(publishing, request);
    }

    /** What cannot be stored does not get as far as trying to. */
    private Room.Share toWrite(Room room, HttpServletRequest request) {
        var share = room.enter(owner(request), Duration.ZERO);
        try {
            storage.verify();
            return share;
        } catch (Refused e) {
            share.close();
            throw e;
        }
    }

    /** Whose share of what there is the request takes; empty while nobody knows. */
    static String owner(HttpServletRequest request) {
        return request.getAttribute(Caller.class.getName()) instanceof Caller caller
                ? Objects.requireNonNullElse(caller.tenant(), ADMIN)
                : "";
    }
}

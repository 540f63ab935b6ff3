package io.waypost.api.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.intake.EventReader;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.server.ResponseStatusException;

/** Bodies of requests: read whole, within a limit, once. */
public final class Bodies {

    /** For {@code POST /v1/events}, and what vendors post. */
    public static final int MOST_EVENTS = EventReader.MAX_REQUEST_BYTES;

    /** For everything else. */
    public static final int MOST = 1024 * 1024;

    private static final String ATTRIBUTE = Bodies.class.getName();
    /** For the calls of other systems, some of which come without any key we could look at before. */
    private static final int MOST_OF_VENDOR_CALLS = 64 * 1024;

    /** How long nothing may come. */
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** How long a body may take at most, however large it is. */
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    /** What must have come after the first seconds: bytes for each second since. */
    private static final int LEAST_PER_SECOND = 16 * 1024;

    /** What whoever is slower is told. */
    static final String TOO_SLOW =
            "The body comes too slowly: after the first 5 seconds it must bring 16 KiB a second at"
                    + " least, without a pause of 5 seconds, and be there within 60 seconds";

    private static final int FIRST_BUFFER = 16 * 1024;
    private static final MediaType MERGE_PATCH = MediaType.valueOf("application/merge-patch+json");

    private Bodies() {}

    /**
     * Says whose a request without a key of ours is, once that has been proven: its body then counts against that tenant's
     * share. To be called before the body is read.
     *
     * @throws Refused (overloaded) if the tenant has too many requests at once
     */
    public static void belongTo(String tenant, HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) == null
                && request.getAttribute(Room.Share.class.getName()) instanceof Room.Share share) {
            share.belongsTo(tenant);
        }
    }

    /**
     * The bytes of the body; the same ones on each call. Nothing is read for a key that may not send any.
     *
     * @throws Refused (not allowed; too large; overloaded; malformed if it ends too early; unsupported type if it is compressed)
     */
    public static byte[] bytes(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof byte[] read) {
            return read;
        }
        var encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw Refused.unsupportedType(
                    "Content-Encoding %s is not understood; send the body as it is".formatted(encoding));
        }
        requireRight(request);
        try {
            var bytes = read(request, limit(request.getServletPath()));
            request.setAttribute(ATTRIBUTE, bytes);
            return bytes;
        } catch (SocketTimeoutException e) {
            throw new ResponseStatusException(HttpStatus.REQUEST_TIMEOUT, TOO_SLOW, e);
        } catch (IOException e) {
            throw Refused.malformed("The body ended early or is not chunked as it should be");
        }
    }

    /** What a key that has just this right may send; more is up to whoever takes it. */
    private static void requireRight(HttpServletRequest request) {
        if (request.getAttribute(Caller.class.getName()) instanceof Caller caller) {
            caller.require(Admission.isPublishing(request.getServletPath()) ? Scope.PUBLISH : Scope.MANAGE);
        }
    }

    private static int limit(String path) {
        if (Admission.isPublishing(path)) {
            return MOST_EVENTS;
        }
        return VendorCalls.system(path).isPresent() ? MOST_OF_VENDOR_CALLS : MOST;
    }

    /**
     * A body that must be there and be JSON.
     *
     * @throws Refused (unsupported type; malformed), and as {@link #bytes}
     */
    public static JsonNode json(HttpServletRequest request) {
        requireJson(request, false);
        return Json.read(bytes(request));
    }

    /** A body that may be left out; then it counts as an empty object. */
    public static JsonNode optional(HttpServletRequest request) {
        if (request.getContentLengthLong() == 0 || bytes(request).length == 0) {
            return Json.object();
        }
        return json(request);
    }

    /** The body of a PATCH. */
    public static JsonNode patch(HttpServletRequest request) {
        requireJson(request, true);
        return Json.read(bytes(request));
    }

    private static void requireJson(HttpServletRequest request, boolean patch) {
        var type = contentType(request);
        var json = type != null && (is(type, MediaType.APPLICATION_JSON) || (patch && is(type, MERGE_PATCH)));
        if (!json) {
            throw Refused.unsupportedType(
                    "Content-Type must be application/json" + (patch ? " or " + MERGE_PATCH : ""));
        }
    }

    private static boolean is(MediaType type, MediaType wanted) {
        return type.getType().equalsIgnoreCase(wanted.getType())
                && type.getSubtype().equalsIgnoreCase(wanted.getSubtype())
                && StandardCharsets.UTF_8
                        .name()
                        .equals(String.valueOf(type.getParameters().getOrDefault("charset", "UTF-8"))
                                .replace("\"", "")
                                .toUpperCase(Locale.ROOT));
    }

    private static @Nullable MediaType contentType(HttpServletRequest request) {
        try {
            var text = request.getContentType();
            return text == null ? null : MediaType.parseMediaType(text);
        } catch (InvalidMediaTypeException e) {
            throw Refused.unsupportedType("Content-Type is not well-formed: " + e.getMessage());
        }
    }

    private static byte[] read(HttpServletRequest request, int limit) throws IOException {
        var length = request.getContentLengthLong();
        if (length > limit) {
            throw tooLarge(limit);
        }
        var share = request.getAttribute(Room.Share.class.getName()) instanceof Room.Share s ? s : null;
        var buffer = new byte[0];
        var in = request.getInputStream();
        long waited = 0;
        int filled = 0;
        while (filled != length) {
            if (filled == buffer.length) {
                buffer = grown(buffer, length, limit, share);
            }
            var asked = System.nanoTime();
            var count = in.read(buffer, filled, buffer.length - filled);
            waited += System.nanoTime() - asked;
            if (count < 0 && length >= 0) {
                throw new EOFException();
            }
            if (count < 0) {
                break;
            }
            filled += count;
            requirePace(filled, waited);
        }
        return filled == buffer.length ? buffer : Arrays.copyOf(buffer, filled);
    }

    private static void requirePace(int filled, long nanos) throws SocketTimeoutException {
        var late = nanos - LONGEST_PAUSE.toNanos();
        if (nanos > DEADLINE.toNanos() || late > filled * (1_000_000_000L / LEAST_PER_SECOND)) {
            throw new SocketTimeoutException();
        }
    }

    private static byte[] grown(byte[] buffer, long length, int limit, Room.@Nullable Share share) {
        if (buffer.length > limit) {
            throw tooLarge(limit);
        }
        // One byte more than the limit tells a body of just that size from a larger one.
        var most = length >= 0 ? length : limit + 1L;
        var size = (int) Math.min(most, Math.max(FIRST_BUFFER, buffer.length * 2L));
        if (share != null) {
            share.reserve(size);
        }
        return Arrays.copyOf(buffer, size);
    }

    private static Refused tooLarge(int limit) {
        return Refused.tooLarge(
                "The body must be at most " + (limit >> 20 == 0 ? (limit >> 10) + " KiB" : (limit >> 20) + " MiB"));
    }
}

package io.waypost.api.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.intake.EventReader;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
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
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int FIRST_BUFFER = 16 * 1024;
    private static final MediaType MERGE_PATCH = MediaType.valueOf("application/merge-patch+json");

    private Bodies() {}

    /**
     * The bytes of the body; the same ones on each call.
     *
     * @throws Refused (too large; overloaded; malformed if it ends too early; unsupported type if it is compressed)
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
        var limit = Admission.isPublishing(request.getServletPath()) ? MOST_EVENTS : MOST;
        try {
            var bytes = read(request, limit);
            request.setAttribute(ATTRIBUTE, bytes);
            return bytes;
        } catch (SocketTimeoutException e) {
            throw new ResponseStatusException(HttpStatus.REQUEST_TIMEOUT, Problem.describe(408), e);
        } catch (IOException e) {
            throw Refused.malformed("The body ended early or is not chunked as it should be");
        }
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
        var share = request.getAttribute(Admission.Share.class.getName()) instanceof Admission.Share s ? s : null;
        if (length > limit) {
            throw tooLarge(limit);
        }
        if (share != null && length > 0) {
            share.reserve((int) Math.min(length, Admission.LARGE), true);
        }
        var buffer = new byte[(int) (length >= 0 ? Math.min(length, FIRST_BUFFER) : FIRST_BUFFER)];
        var deadline = System.nanoTime() + DEADLINE.toNanos();
        var in = request.getInputStream();
        int filled = 0;
        while (filled != length) {
            if (filled == buffer.length) {
                buffer = grown(buffer, length, limit, share);
            }
            var count = in.read(buffer, filled, buffer.length - filled);
            if (count < 0 && length >= 0) {
                throw new EOFException();
            }
            if (count < 0) {
                break;
            }
            filled += count;
            if (System.nanoTime() - deadline > 0) {
                throw new SocketTimeoutException();
            }
        }
        return filled == buffer.length ? buffer : Arrays.copyOf(buffer, filled);
    }

    private static byte[] grown(byte[] buffer, long length, int limit, Admission.@Nullable Share share) {
        if (buffer.length > limit) {
            throw tooLarge(limit);
        }
        // One byte more than the limit tells a body of just that size from a larger one.
        var size = (int) Math.min(length >= 0 ? length : limit + 1, buffer.length * 4L);
        if (share != null) {
            share.reserve(size, false);
        }
        return Arrays.copyOf(buffer, size);
    }

    private static Refused tooLarge(int limit) {
        return Refused.tooLarge("The body must be at most %d MiB".formatted(limit >> 20));
    }
}

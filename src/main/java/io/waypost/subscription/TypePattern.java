package io.waypost.subscription;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A name of event types, or a pattern of them: {@code *} stands for one whole segment, {@code **} at the end for one or
 * more; {@code **} alone for everything.
 */
public final class TypePattern {

    public static final int MAX_LENGTH = 255;

    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_-]+");

    /** Stands for any one segment. */
    static final String ONE = "*";

    /** Stands for one segment or more, at the end. */
    static final String REST = "**";

    private final String text;
    private final List<String> all;
    private final List<String> segments;
    private final boolean open;

    private TypePattern(String text) {
        this.text = text;
        this.all = List.of(text.split("\\.", -1));
        this.open = all.getLast().equals(REST);
        this.segments = open ? all.subList(0, all.size() - 1) : all;
    }

    /** @throws IllegalArgumentException if it is no pattern; the message says what it must be */
    public static TypePattern of(String text) {
        var fault = fault(text);
        if (fault != null) {
            throw new IllegalArgumentException(fault);
        }
        return new TypePattern(text);
    }

    /** What is wrong with a name or pattern, in words for its author; null if nothing is. */
    public static @Nullable String fault(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return "must be 1 to %d characters long".formatted(MAX_LENGTH);
        }
        var segments = text.split("\\.", -1);
        for (int i = 0; i < segments.length; i++) {
            var segment = segments[i];
            if (segment.equals(REST) && i < segments.length - 1) {
                return "may have ** only as its last segment";
            }
            if (!segment.equals(ONE)
                    && !segment.equals(REST)
                    && !SEGMENT.matcher(segment).matches()) {
                return "must be segments of letters, digits, _ and -, parted by dots; * stands for one whole segment,"
                        + " ** at the end for the rest";
            }
        }
        return null;
    }

    public boolean matches(String type) {
        int from = 0;
        for (var segment : segments) {
            if (from > type.length()) {
                return false;
            }
            var dot = type.indexOf('.', from);
            var to = dot < 0 ? type.length() : dot;
            if (!segment.equals(ONE) && !(segment.length() == to - from && type.startsWith(segment, from))) {
                return false;
            }
            from = to + 1;
        }
        return open ? from <= type.length() : from > type.length();
    }

    /** Its segments in order, {@link #ONE} and {@link #REST} among them. */
    List<String> segments() {
        return all;
    }

    @Override
    public String toString() {
        return text;
    }
}

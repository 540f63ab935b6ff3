package io.waypost.subscription.filter;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a pattern asks of one value: a string, number, boolean or null. */
sealed interface ValueTest {

    boolean passes(JsonNode scalar, Effort effort);

    /** One of these values, by their {@linkplain Scalars#key keys}. */
    record In(Set<Object> values) implements ValueTest {

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            return values.contains(Scalars.key(scalar));
        }
    }

    /** Any value. */
    record Present() implements ValueTest {

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            return true;
        }
    }

    /** Nothing may be there; decided by {@link Filter}, since there is no value to look at. */
    record Absent() implements ValueTest {

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            return false;
        }
    }

    record Prefix(String prefix, boolean ignoreCase) implements ValueTest {

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            return scalar.isTextual() && scalar.textValue().regionMatches(ignoreCase, 0, prefix, 0, prefix.length());
        }
    }

    record Suffix(String suffix, boolean ignoreCase) implements ValueTest {

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            if (!scalar.isTextual()) {
                return false;
            }
            var text = scalar.textValue();
            return text.regionMatches(ignoreCase, text.length() - suffix.length(), suffix, 0, suffix.length());
        }
    }

    record EqualsIgnoreCase(String wanted) implements ValueTest {

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            return scalar.isTextual() && scalar.textValue().equalsIgnoreCase(wanted);
        }
    }

    /**
     * Text in which these parts come one after the other, the first at the beginning, the last at the end.
     *
     * @param parts what stands between the stars; at least one
     */
    record Wildcard(List<String> parts) implements ValueTest {

        /** Characters that are compared in the time of a step. */
        private static final int A_STEP = 16;

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            if (!scalar.isTextual()) {
                return false;
            }
            var text = scalar.textValue();
            var first = parts.getFirst();
            var last = parts.getLast();
            if (parts.size() == 1) {
                return text.equals(first);
            }
            var end = text.length() - last.length();
            if (end < first.length() || !text.startsWith(first) || !text.endsWith(last)) {
                return false;
            }
            var at = first.length();
            for (var part : parts.subList(1, parts.size() - 1)) {
                // The longest that looking for it can take.
                effort.spend(1 + (long) (end - at) * part.length() / A_STEP);
                at = text.indexOf(part, at, end);
                if (at < 0) {
                    return false;
                }
                at += part.length();
            }
            return true;
        }
    }

    /** A number between two; null for no bound. */
    record Between(
            @Nullable BigDecimal bottom,
            boolean openBottom,
            @Nullable BigDecimal top,
            boolean openTop) implements ValueTest {

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            if (!scalar.isNumber()) {
                return false;
            }
            var number = scalar.decimalValue();
            return (bottom == null || number.compareTo(bottom) >= (openBottom ? 1 : 0))
                    && (top == null || number.compareTo(top) <= (openTop ? -1 : 0));
        }
    }

    /** An address in a network, both of one family. */
    record InNetwork(Network network) implements ValueTest {

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            return scalar.isTextual() && network.contains(scalar.textValue());
        }
    }

    /** Any value that passes none of these. */
    record Not(List<ValueTest> tests) implements ValueTest {

        @Override
        public boolean passes(JsonNode scalar, Effort effort) {
            for (var test : tests) {
                if (test.passes(scalar, effort)) {
                    return false;
                }
            }
            return true;
        }
    }
}

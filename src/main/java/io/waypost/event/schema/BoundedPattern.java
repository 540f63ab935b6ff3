package io.waypost.event.schema;

import com.networknt.schema.regex.RegularExpression;
import java.util.regex.Pattern;

/** A regular expression that gives up when it goes back and forth in the text too often. */
final class BoundedPattern implements RegularExpression {

    static final int MAX_LENGTH = 1_000;

    private static final long FREE_READS = 1_000_000;
    private static final long READS_A_CHARACTER = 20;

    private final Pattern pattern;

    BoundedPattern(String regex) {
        pattern = Pattern.compile(regex);
    }

    @Override
    public boolean matches(String text) {
        return pattern.matcher(new Counted(text)).find();
    }

    /** Text that counts how often it is read. */
    private static final class Counted implements CharSequence {

        private final String text;
        private long left;

        Counted(String text) {
            this.text = text;
            this.left = FREE_READS + READS_A_CHARACTER * text.length();
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new Budget.Spent();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}

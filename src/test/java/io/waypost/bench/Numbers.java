package io.waypost.bench;

/** Reads numbers out of bytes that are mostly ASCII, without making objects. */
final class Numbers {

    private Numbers() {}

    /** The digits after a word (in lower case; the bytes may be in any) within the first {@code end} bytes; 0 if it is not there. */
    static long after(byte[] bytes, int end, String word) {
        return after(bytes, 0, end, word);
    }

    static long after(byte[] bytes, int start, int end, String word) {
        for (int i = start; i + word.length() < end; i++) {
            if (is(bytes, i, word)) {
                return digits(bytes, i + word.length(), end);
            }
        }
        return 0;
    }

    private static boolean is(byte[] bytes, int at, String word) {
        for (int i = 0; i < word.length(); i++) {
            var b = bytes[at + i];
            if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static long digits(byte[] bytes, int from, int end) {
        long number = 0;
        var i = from;
        while (i < end && bytes[i] == ' ') {
            i++;
        }
        for (; i < end && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = number * 10 + bytes[i] - '0';
        }
        return number;
    }
}

package io.waypost.route.check;

/**
 * One thing wrong with a file.
 *
 * @param line counts from 1
 * @param detail what is wrong, in words for its author
 */
public record Mistake(int line, String detail) {

    @Override
    public String toString() {
        return "line " + line + ": " + detail;
    }
}

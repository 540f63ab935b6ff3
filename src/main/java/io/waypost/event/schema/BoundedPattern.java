package io.waypost.event.schema;

import com.networknt.schema.regex.RegularExpression;
import io.waypost.platform.LinearPattern;

/** A regular expression of a schema; matching it counts against the time of the check. */
final class BoundedPattern implements RegularExpression {

    private final LinearPattern pattern;

    /** @throws IllegalArgumentException if it cannot be used */
    BoundedPattern(String regex) {
        pattern = LinearPattern.of(regex, false, false);
    }

    @Override
    public boolean matches(String text) {
        return pattern.matcher(text, Budget.CURRENT.get()::look).find();
    }
}

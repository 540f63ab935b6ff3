package io.waypost.event.schema;

import com.networknt.schema.regex.RegularExpression;
import io.waypost.platform.LinearPattern;

/** A regular expression of a schema; the time it takes to match counts against the {@link Budget} of the check. */
final class BoundedPattern implements RegularExpression {

    private final LinearPattern pattern;

    /** @throws IllegalArgumentException if the expression is not supported */
    BoundedPattern(String regex) {
        pattern = LinearPattern.of(regex, false, false);
    }

    @Override
    public boolean matches(String text) {
        return pattern.matcher(text, Budget.CURRENT.get()::check).find();
    }
}

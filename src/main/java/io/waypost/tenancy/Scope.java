package io.waypost.tenancy;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a key may do. */
public enum Scope {
    PUBLISH,
    MANAGE,
    READ;

    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Scope> of(String code) {
        return Stream.of(values()).filter(s -> s.code().equals(code)).findFirst();
    }
}

package io.waypost.connector;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Which headers carry credentials, by their names. */
public final class CredentialHeaders {

    private static final List<String> TELLING = List.of("key", "token", "secret", "password");
    private static final Set<String> CREDENTIALS = Set.of("authorization", "proxy-authorization", "cookie");

    private CredentialHeaders() {}

    public static boolean isOne(String header) {
        var name = header.toLowerCase(Locale.ROOT);
        return CREDENTIALS.contains(name) || TELLING.stream().anyMatch(name::contains);
    }
}

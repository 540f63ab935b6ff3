package io.waypost.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The keys and certificates under {@code src/test/resources/tls}. */
public final class Pems {

    private Pems() {}

    public static String pem(String file) {
        try (var in = Pems.class.getResourceAsStream("/tls/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.waypost.platform;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Encrypts what is secret before it is stored, and opens it again. */
public interface SecretBox {

    /**
     * Where a sealed value is stored. What is sealed for one place opens in no other, so that nobody who can write to the
     * database can have a secret used in the place of another.
     *
     * @param table its name in the database
     * @param row the id of its row
     * @param tenant whose row it is; empty if it has none
     * @param field the name of its column
     */
    record Place(String table, String row, String tenant, String field) {}

    /** Different on each call for the same text. */
    String seal(Place place, String text);

    /** @throws CannotOpen if it was sealed with another key or for another place, or is damaged */
    String open(Place place, String sealed);

    /** A keyed hash (HMAC-SHA256, URL-safe base 64), for links and tokens. {@code purpose} keeps uses apart. */
    String sign(String purpose, String text);

    /** Whether {@link #sign} gave that signature, with whichever of the keys. */
    default boolean isSigned(String purpose, String text, String signature) {
        return MessageDigest.isEqual(
                sign(purpose, text).getBytes(StandardCharsets.UTF_8), signature.getBytes(StandardCharsets.UTF_8));
    }

    /** A stored value that cannot be opened. Its message goes behind what it is a value of, as the end of a sentence. */
    final class CannotOpen extends IllegalStateException {

        private static final long serialVersionUID = 1;

        public CannotOpen(String message) {
            super(message);
        }
    }
}

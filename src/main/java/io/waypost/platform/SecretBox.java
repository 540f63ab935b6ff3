package io.waypost.platform;

/** Encrypts what is secret before it is stored, and opens it again. */
public interface SecretBox {

    /** Different on each call for the same text. */
    String seal(String text);

    /** @throws IllegalStateException if it was sealed with another key or damaged */
    String open(String sealed);

    /** A keyed hash (HMAC-SHA256, URL-safe base 64), for links and tokens. {@code purpose} keeps uses apart. */
    String sign(String purpose, String text);
}

package io.waypost.tenancy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, the form in which keys and bodies are compared and kept. */
final class Hashes {

    private Hashes() {}

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static byte[] sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    static String hex(byte[] bytes) {
        return hexOf(sha256(bytes));
    }

    static String hex(String text) {
        return hexOf(sha256(text));
    }

    /** How a hash is written. */
    static String hexOf(byte[] hash) {
        return HexFormat.of().formatHex(hash);
    }
}

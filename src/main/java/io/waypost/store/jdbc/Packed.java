package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Numbers and texts in few bytes, as the headers of blocks have them. Numbers have seven bits a byte, the lowest first, and the
 * eighth bit of all but the last byte; those that may be negative are written in zigzag. Texts are a length and as many bytes of
 * UTF-8.
 */
final class Packed {

    private Packed() {}

    static int when(boolean set, int flag) {
        return set ? flag : 0;
    }

    static boolean isSet(int flags, int flag) {
        return (flags & flag) != 0;
    }

    static final class Writer {

        private byte[] bytes = new byte[512];
        private int length;

        int length() {
            return length;
        }

        void octet(int value) {
            require(1);
            bytes[length++] = (byte) value;
        }

        void number(long value) {
            var left = value;
            for (; (left & ~0x7FL) != 0; left >>>= 7) {
                octet((int) ((left & 0x7F) | 0x80));
            }
            octet((int) left);
        }

        void signed(long value) {
            number((value << 1) ^ (value >> 63));
        }

        void text(String text) {
            bytes(text.getBytes(UTF_8));
        }

        void textIfAny(@Nullable String text) {
            if (text != null) {
                text(text);
            }
        }

        void bytes(byte[] some) {
            number(some.length);
            raw(some);
        }

        /** The bytes without their length. */
        void raw(byte[] some) {
            require(some.length);
            System.arraycopy(some, 0, bytes, length, some.length);
            length += some.length;
        }

        private void require(int more) {
            if (length + more > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
            }
        }

        byte[] toBytes() {
            return Arrays.copyOf(bytes, length);
        }
    }

    static final class Reader {

        private final byte[] bytes;
        private int at;

        private Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        /** @throws IllegalStateException if the first byte is another version of the format than the given one */
        static Reader of(byte[] header, byte version) {
            var reader = new Reader(header);
            var found = reader.octet();
            if (found != version) {
                throw new IllegalStateException(
                        "a block is stored in format %d, which this release does not know".formatted(found));
            }
            return reader;
        }

        boolean isAtEnd() {
            return at == bytes.length;
        }

        int octet() {
            return bytes[at++];
        }

        long number() {
            var value = 0L;
            for (int shift = 0; ; shift += 7) {
                var next = bytes[at++];
                value |= (next & 0x7FL) << shift;
                if (next >= 0) {
                    return value;
                }
            }
        }

        long signed() {
            var value = number();
            return (value >>> 1) ^ -(value & 1);
        }

        /** A number that is known to be small: a length, or a place in a list. */
        int length() {
            return (int) number();
        }

        String text() {
            var length = length();
            at += length;
            return new String(bytes, at - length, length, UTF_8);
        }

        byte[] bytes() {
            var length = length();
            at += length;
            return Arrays.copyOfRange(bytes, at - length, at);
        }
    }
}

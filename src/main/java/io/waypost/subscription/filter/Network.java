package io.waypost.subscription.filter;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A block of addresses, as {@code 10.0.0.0/8}. Nothing is looked up: only what is written as an address is one.
 *
 * @param address the first bits of it count
 * @param bits how many
 */
record Network(byte[] address, int bits) {

    private static final int LONGEST = 45;
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:]*");

    /** @throws IllegalArgumentException if it is no block of addresses */
    static Network of(String text) {
        var slash = text.indexOf('/');
        var address = slash < 0 ? null : address(text.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException("cidr must be an address and a number of bits, as 10.0.0.0/8");
        }
        var bits = text.substring(slash + 1);
        var most = address.length * Byte.SIZE;
        if (!bits.matches("[0-9]{1,3}") || Integer.parseInt(bits) > most) {
            throw new IllegalArgumentException("cidr must have 0 to %d bits after the slash".formatted(most));
        }
        return new Network(address, Integer.parseInt(bits));
    }

    /** The one address that the text is; null if it is none. */
    static @Nullable Network ofOne(String text) {
        var address = address(text);
        return address == null ? null : new Network(address, address.length * Byte.SIZE);
    }

    boolean contains(String text) {
        var other = address(text);
        if (other == null || other.length != address.length) {
            return false;
        }
        for (int i = 0; i < bits; i += Byte.SIZE) {
            var mask = bits - i >= Byte.SIZE ? 0xff : 0xff << (Byte.SIZE - (bits - i));
            if (((address[i / Byte.SIZE] ^ other[i / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    private static byte @Nullable [] address(String text) {
        if (text.length() > LONGEST) {
            return null;
        }
        try {
            if (IPV4.matcher(text).matches()) {
                return Inet4Address.ofLiteral(text).getAddress();
            }
            return IPV6.matcher(text).matches() ? Inet6Address.ofLiteral(text).getAddress() : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}

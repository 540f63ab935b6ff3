package io.waypost.connector.webhook;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which addresses are global unicast, after unpacking IPv4 from every IPv6 form it travels in.
 *
 * @see <a href="https://www.iana.org/assignments/iana-ipv6-special-registry">IANA, special-purpose addresses</a>
 */
final class Addresses {

    private static final List<Block> BLOCKED = Stream.of(
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "127.0.0.0/8",
                    // What machines of Azure ask about themselves, on a public address that leaves no machine.
                    "168.63.129.16/32",
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.0.0.0/24",
                    "192.0.2.0/24",
                    "192.88.99.0/24",
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "224.0.0.0/4",
                    "240.0.0.0/4",
                    "fc00::/7",
                    "fe80::/10",
                    "fec0::/10",
                    "ff00::/8",
                    "2001:db8::/32",
                    "3fff::/20",
                    "100::/64",
                    "5f00::/16",
                    // Translation within one network: no global address by its definition (RFC 8215).
                    "64:ff9b:1::/48")
            .map(Block::of)
            .toList();

    private static final Block GLOBAL = Block.of("2000::/3");
    private static final Block NAT64 = Block.of("64:ff9b::/96");
    private static final Block COMPATIBLE = Block.of("::/96");
    private static final Block SIX_TO_FOUR = Block.of("2002::/16");
    private static final Block TEREDO = Block.of("2001::/32");

    private Addresses() {}

    static boolean isPublic(InetAddress address) {
        return isPublic(address.getAddress());
    }

    private static boolean isPublic(byte[] a) {
        if (BLOCKED.stream().anyMatch(block -> block.holds(a))) {
            return false;
        }
        if (a.length == 4) {
            return true;
        }
        if (isMapped(a) || NAT64.holds(a) || COMPATIBLE.holds(a)) {
            return isPublic(ipv4(a, 12, 0));
        }
        if (SIX_TO_FOUR.holds(a)) {
            return isPublic(ipv4(a, 2, 0));
        }
        if (TEREDO.holds(a)) {
            return isPublic(ipv4(a, 4, 0)) && isPublic(ipv4(a, 12, 0xff));
        }
        return GLOBAL.holds(a);
    }

    /** {@code ::ffff:a.b.c.d}; Java turns it into IPv4 itself, so it cannot be written as a {@link Block}. */
    private static boolean isMapped(byte[] a) {
        for (int i = 0; i < 10; i++) {
            if (a[i] != 0) {
                return false;
            }
        }
        return a[10] == -1 && a[11] == -1;
    }

    private static byte[] ipv4(byte[] a, int at, int mask) {
        return new byte[] {
            (byte) (a[at] ^ mask), (byte) (a[at + 1] ^ mask), (byte) (a[at + 2] ^ mask), (byte) (a[at + 3] ^ mask)
        };
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Block(byte[] start, int bits) {

        static Block of(String cidr) {
            var slash = cidr.indexOf('/');
            return new Block(
                    InetAddress.ofLiteral(cidr.substring(0, slash)).getAddress(),
                    Integer.parseInt(cidr.substring(slash + 1)));
        }

        boolean holds(byte[] address) {
            if (address.length != start.length) {
                return false;
            }
            for (int i = 0; i < bits; i++) {
                var mask = 0x80 >> (i & 7);
                if ((address[i >> 3] & mask) != (start[i >> 3] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}

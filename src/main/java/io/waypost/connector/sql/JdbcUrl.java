package io.waypost.connector.sql;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A JDBC URL taken apart. No driver ever gets the text it was: drivers read much more into a URL than where to connect to,
 * and know options that run, load or write things. What they get is put together anew from these parts.
 *
 * @param host empty for a database in memory
 * @param port 0 for the usual one
 * @param options only such as are known to be harmless
 */
record JdbcUrl(Vendor vendor, String host, int port, String database, Map<String, String> options) {

    private static final int MOST = 1000;
    private static final Pattern SERVER = Pattern.compile(
            "//(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/([A-Za-z0-9_$.~-]{1,128})(\\?.*)?");
    private static final Pattern H2 = Pattern.compile(
            "(?:tcp://(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/((?:mem:)?[A-Za-z0-9_$.~/-]{1,128})"
                    + "|mem:([A-Za-z0-9_$-]{1,128}))(;.*)?");
    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9_.,:+/ -]{0,64}");

    /** @throws IllegalArgumentException if it leads nowhere we know; the message says what it must be */
    static JdbcUrl parse(String url) {
        if (url.length() > MOST) {
            throw new IllegalArgumentException("must be at most %d characters".formatted(MOST));
        }
        for (var vendor : Vendor.values()) {
            if (url.startsWith(vendor.prefix())) {
                var rest = url.substring(vendor.prefix().length());
                return vendor == Vendor.H2 ? h2(rest) : server(vendor, rest);
            }
        }
        throw new IllegalArgumentException(
                "must begin with jdbc:postgresql:, jdbc:mysql:, jdbc:mariadb:, jdbc:h2:tcp: or jdbc:h2:mem:");
    }

    /** The port to connect to. */
    int effectivePort() {
        return port == 0 ? vendor.port() : port;
    }

    /** Whether it lives in this very process. */
    boolean inMemory() {
        return host.isEmpty();
    }

    private static JdbcUrl server(Vendor vendor, String rest) {
        var parts = SERVER.matcher(rest);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "must be %s//HOST:PORT/DATABASE; user and password go into their own fields"
                            .formatted(vendor.prefix()));
        }
        var options = parts.group(4) == null ? "" : parts.group(4).substring(1);
        return new JdbcUrl(
                vendor, parts.group(1), port(parts.group(2)), parts.group(3), options(vendor, options.split("&")));
    }

    private static JdbcUrl h2(String rest) {
        var parts = H2.matcher(rest);
        if (!parts.matches()) {
            throw new IllegalArgumentException("must be jdbc:h2:tcp://HOST:PORT/DATABASE or jdbc:h2:mem:NAME");
        }
        var options = parts.group(5) == null ? "" : parts.group(5).substring(1);
        var inMemory = parts.group(4) != null;
        return new JdbcUrl(
                Vendor.H2,
                inMemory ? "" : parts.group(1),
                inMemory ? 0 : port(parts.group(2)),
                inMemory ? parts.group(4) : parts.group(3),
                options(Vendor.H2, options.split(";")));
    }

    private static int port(String text) {
        var port = text == null ? 0 : Integer.parseInt(text);
        if (text != null && (port < 1 || port > 65_535)) {
            throw new IllegalArgumentException("must have a port from 1 to 65535");
        }
        return port;
    }

    private static Map<String, String> options(Vendor vendor, String[] parts) {
        var all = new LinkedHashMap<String, String>();
        for (var part : parts) {
            if (part.isEmpty()) {
                continue;
            }
            var equals = part.indexOf('=');
            var name = equals < 0 ? part : part.substring(0, equals);
            var value = equals < 0 ? "true" : part.substring(equals + 1);
            var known = vendor.options().get(name.toLowerCase(Locale.ROOT));
            if (known == null) {
                throw new IllegalArgumentException("must not have the option '%s'; possible are %s"
                        .formatted(name, String.join(", ", vendor.optionNames())));
            }
            if (!VALUE.matcher(value).matches()) {
                throw new IllegalArgumentException("must have a plain value for the option '%s'".formatted(name));
            }
            all.put(known, value);
        }
        return all;
    }
}

package io.waypost.connector.pool;

import io.waypost.connector.http.client.AddressBlocked;
import io.waypost.platform.WaypostProperties;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The servers that the operator vouches for. Clients whose libraries take whatever length an answer claims, look names up by
 * themselves or go on to where a server sends them are used with these only: a hostile server could take the gateway's memory
 * or time, or point it at what it must not reach.
 */
@Component
public final class Destinations {

    private static final String SETTING = "WAYPOST_DESTINATIONS";

    /** {@code *}, {@code *.example.com}, {@code example.com} or {@code [::1]}, and maybe a port. */
    private static final Pattern ENTRY =
            Pattern.compile("(\\*|(?:\\*\\.)?[a-z0-9_-][a-z0-9._-]*|\\[[0-9a-f:.]+])(?::([0-9]{1,5}))?");

    private final List<Entry> listed;

    /** @throws IllegalArgumentException if the setting lists what is no destination */
    public Destinations(WaypostProperties settings) {
        listed = settings.destinations().stream()
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .map(Entry::of)
                .toList();
    }

    /**
     * Why a server may not be used, in words for whoever wrote it; null if it may.
     *
     * @param host as it is written; IPv6 addresses are in brackets
     */
    public @Nullable String problem(String host, int port) {
        var name = host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        return listed.stream().anyMatch(entry -> entry.holds(name, port))
                ? null
                : "must be a server that the operator has listed, and %s:%d is not; set %s to allow it"
                        .formatted(host, port, SETTING);
    }

    /** @throws AddressBlocked if it is not listed */
    public void require(String host, int port) throws AddressBlocked {
        var problem = problem(host, port);
        if (problem != null) {
            throw new AddressBlocked(problem);
        }
    }

    /** @param port 0 for any */
    private record Entry(String host, int port) {

        static Entry of(String text) {
            var parts = ENTRY.matcher(text.toLowerCase(Locale.ROOT));
            if (!parts.matches()) {
                throw new IllegalArgumentException(
                        "%s must list HOST, HOST:PORT, *.DOMAIN or *, with commas; '%s' is none of these"
                                .formatted(SETTING, text));
            }
            return new Entry(parts.group(1), parts.group(2) == null ? 0 : Integer.parseInt(parts.group(2)));
        }

        boolean holds(String name, int at) {
            return (port == 0 || port == at)
                    && (host.equals("*")
                            || host.equals(name)
                            || (host.startsWith("*.") && name.endsWith(host.substring(1))));
        }
    }
}

package io.waypost.connector.webhook;

import io.waypost.connector.TargetUrl;
import io.waypost.connector.UrlRules;
import io.waypost.connector.http.client.AddressBlocked;
import io.waypost.connector.http.client.NameLookup;
import io.waypost.platform.WaypostProperties;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import org.apache.hc.client5.http.DnsResolver;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Keeps requests out of private networks: as the resolver of every connection it lets only addresses through that may be
 * reached, so the address checked is the address connected to, and of a name only if all of its addresses may; and it refuses at creation what can be seen from the URL.
 */
@Component
public final class AddressGuard implements DnsResolver, UrlRules {

    private static final String SETTING = "WAYPOST_ALLOW_PRIVATE_NETWORKS";

    private final boolean everything;
    private final NameLookup names;

    public AddressGuard(WaypostProperties settings, NameLookup names) {
        this.everything = settings.allowPrivateNetworks();
        this.names = names;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        var literal = literal(host);
        var found = literal == null ? names.addresses(host) : new InetAddress[] {literal};
        // All of them: what is asked once more, by a client or after a while, may give another one.
        if (everything || Arrays.stream(found).allMatch(Addresses::isPublic)) {
            return found;
        }
        throw new AddressBlocked("%s is not a public address; set %s=true to allow it".formatted(host, SETTING));
    }

    /** Whether an address is global unicast, for clients that look names up by themselves. */
    public static boolean isPublic(InetAddress address) {
        return Addresses.isPublic(address);
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    @Override
    public @Nullable String problem(String url) {
        try {
            var host = TargetUrl.parse(url).host();
            return everything || !isPrivate(host)
                    ? null
                    : "must be a public address, and %s is not; set %s=true to allow private networks"
                            .formatted(host, SETTING);
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private static boolean isPrivate(String host) {
        if (host.equals("localhost") || host.endsWith(".localhost")) {
            return true;
        }
        var literal = literal(host);
        return literal != null && !Addresses.isPublic(literal);
    }

    /** The address a host is written as; null if it is a name. Hosts that only look like one never get past a URL. */
    private static @Nullable InetAddress literal(String host) {
        var bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        var last = bare.substring(bare.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        if (bare.indexOf(':') < 0 && !last.matches("[0-9]+|0x[0-9a-f]*")) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(bare);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must have a valid host; %s is no address".formatted(host), e);
        }
    }
}

package io.waypost.connector.pool;

import io.waypost.connector.UrlRules;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import javax.net.SocketFactory;
import org.apache.hc.client5.http.DnsResolver;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Which hosts a client may be pointed at, and the address that one then has: the rules of webhooks, for other protocols. */
@Component
public final class Hosts {

    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]");

    private final UrlRules urls;
    private final DnsResolver resolver;

    public Hosts(UrlRules urls, DnsResolver resolver) {
        this.urls = urls;
        this.resolver = resolver;
    }

    /** What is wrong with a host, in words for whoever wrote it; null if nothing is. IPv6 addresses are in brackets. */
    public @Nullable String problem(String host) {
        return HOST.matcher(host).matches()
                ? urls.problem("http://" + host + "/")
                : "must be a host name or an address, without anything else";
    }

    /**
     * The address to connect to.
     *
     * @throws io.waypost.connector.http.client.AddressBlocked if it has none that may be reached
     */
    public InetAddress address(String host) throws UnknownHostException {
        var bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        // With the name as given, so that nobody asks for the address's own name, which may take long.
        return InetAddress.getByAddress(bare, resolver.resolve(bare)[0].getAddress());
    }

    /** The address as it is written in a URL: with brackets if it is IPv6. */
    public String literal(String host) throws UnknownHostException {
        var address = address(host).getHostAddress();
        return address.indexOf(':') < 0 ? address : "[" + address + "]";
    }

    /** Sockets that connect to the very address that was checked, for clients that take a factory. */
    public SocketFactory sockets(Allowance allowance) {
        return new CheckedSockets(this, allowance);
    }
}

package io.waypost.connector;

import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A URL made ready to be requested: host in ASCII, everything encoded, no fragment, and the user information taken out.
 *
 * @param authorization what the user information becomes, {@code Basic …}; null without any
 */
public record TargetUrl(URI uri, @Nullable String authorization) {

    /** In characters. */
    public static final int MOST = 2048;

    private static final Pattern PARTS =
            Pattern.compile("(https?)://([^/?#]*)([^?#]*)(\\?[^#]*)?(#.*)?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)*\\.?");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
    private static final String PLAIN = "!$&'()*+,-./:;=@_~?";

    /** @throws IllegalArgumentException if it is no URL we can request; the message says what it must be */
    public static TargetUrl parse(String url) {
        if (url.length() > MOST) {
            throw new IllegalArgumentException("must be at most %d characters".formatted(MOST));
        }
        if (url.chars().anyMatch(c -> (c <= ' ' && c != ' ') || c == 0x7f)) {
            throw new IllegalArgumentException("must not contain control characters such as line breaks");
        }
        var parts = PARTS.matcher(url);
        if (!parts.matches()) {
            throw new IllegalArgumentException("must be an http:// or https:// URL");
        }
        var authority = parts.group(2);
        if (authority.indexOf('\\') >= 0) {
            throw new IllegalArgumentException("must not have a backslash before its path");
        }
        var at = authority.lastIndexOf('@');
        var user = at < 0 ? null : authority.substring(0, at);
        var query = parts.group(4);
        var text = parts.group(1).toLowerCase(Locale.ROOT) + "://" + hostAndPort(authority.substring(at + 1))
                + encode(parts.group(3).isEmpty() ? "/" : parts.group(3)) + (query == null ? "" : encode(query));
        try {
            var uri = new URI(text);
            if (uri.getHost() == null) {
                throw new IllegalArgumentException("must have a valid host name");
            }
            return new TargetUrl(uri, user == null ? null : basic(user));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("must be a valid URL: " + e.getReason(), e);
        }
    }

    /** The host as it is looked up: without brackets and final dot, in lower case. */
    public String host() {
        var host = uri.getHost().toLowerCase(Locale.ROOT);
        if (host.startsWith("[")) {
            return host.substring(1, host.length() - 1);
        }
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    private static String hostAndPort(String text) {
        var colon = text.lastIndexOf(':');
        var hasPort = colon > text.lastIndexOf(']');
        var host = hasPort ? text.substring(0, colon) : text;
        var port = hasPort ? text.substring(colon + 1) : "";
        if (!port.isEmpty() && !(PORT.matcher(port).matches() && validPort(Integer.parseInt(port)))) {
            throw new IllegalArgumentException("must have a port from 1 to 65535");
        }
        return host(host) + (port.isEmpty() ? "" : ":" + port);
    }

    private static boolean validPort(int port) {
        return port >= 1 && port <= 65_535;
    }

    private static String host(String host) {
        if (host.startsWith("[") && host.endsWith("]") && host.indexOf('%') < 0) {
            return host;
        }
        try {
            var ascii = IDN.toASCII(host, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
            if (NAME.matcher(ascii).matches()) {
                return Ipv4Notation.plain(ascii);
            }
        } catch (IllegalArgumentException e) {
            if (e instanceof Ipv4Notation.Ambiguous) {
                throw e;
            }
            throw new IllegalArgumentException("must have a valid host name", e);
        }
        throw new IllegalArgumentException(
                host.isEmpty() ? "must have a host" : "must have a host name of letters, digits, hyphens and dots");
    }

    private static String basic(String user) {
        if (user.indexOf('@') >= 0) {
            throw new IllegalArgumentException("must have at most one @ before the host; write others as %40");
        }
        try {
            var plain = URLDecoder.decode(user.replace("+", "%2B"), StandardCharsets.UTF_8);
            return "Basic " + Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must have its user and password percent-encoded", e);
        }
    }

    /** Leaves what is encoded as it is, and encodes what may not stand in a URL. */
    private static String encode(String text) {
        var made = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); ) {
            var c = text.codePointAt(i);
            i += Character.charCount(c);
            var ok = (c < 128 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0)) || (c == '%' && hex(text, i));
            if (ok) {
                made.append((char) c);
            } else {
                for (var b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
                    made.append('%').append("%02X".formatted(b));
                }
            }
        }
        return made.toString();
    }

    private static boolean hex(String text, int at) {
        return at + 1 < text.length()
                && Character.digit(text.charAt(at), 16) >= 0
                && Character.digit(text.charAt(at + 1), 16) >= 0;
    }
}

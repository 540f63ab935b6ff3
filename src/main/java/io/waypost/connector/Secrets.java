package io.waypost.connector;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.connection.Grant;
import io.waypost.platform.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The secrets that an attempt was made with, to be taken out of what is told of it: many a receiver repeats what it was
 * sent. Known in the forms that they are sent and repeated in: as they are, encoded for a URL, in JSON, in base 64.
 */
public final class Secrets {

    /** Shorter ones stand in too much that has nothing to do with them. */
    private static final int SHORTEST = 4;

    private static final Pattern URL =
            Pattern.compile("[a-zA-Z][a-zA-Z0-9+.:-]*://([^/?#@]*@)?[^/?#@]*(.*)", Pattern.DOTALL);

    /** Named like one, and takes the delivery's id. */
    private static final String NO_SECRET = "Idempotency-Key";

    private final Set<String> forms = new HashSet<>();

    /**
     * Those of an attempt.
     *
     * @param secretFields of its config
     * @param credential of its connection; null without one
     * @param sent the headers it was sent with
     */
    public Secrets(
            Set<String> secretFields, ObjectNode config, @Nullable Credential credential, Map<String, String> sent) {
        config.properties().forEach(field -> {
            var text = field.getValue().textValue();
            if (text != null) {
                addUrl(text, secretFields.contains(field.getKey()));
            }
        });
        config.path("headers")
                .properties()
                .forEach(header -> addHeader(header.getKey(), header.getValue().asText()));
        sent.forEach(this::addHeader);
        switch (credential) {
            case Credential.Token(var token) -> add(token);
            case Credential.Login(var user, var password) -> addLogin(user + ":" + password);
            case Credential.Header(var _, var value) -> add(value);
            case Credential.Granted(var grant, var token) -> {
                add(token == null ? "" : token);
                if (grant instanceof Grant.ClientCredentials client) {
                    add(client.clientSecret());
                }
            }
            case null, default -> {}
        }
    }

    /** Whether the text is long enough for one. What most receivers answer is not, and finding them takes time. */
    public static boolean mayBeIn(String text) {
        return text.length() >= SHORTEST;
    }

    /** The text with {@value Masking#MASK} in the place of each. */
    public String hide(String text) {
        var hidden = text;
        if (mayBeIn(text)) {
            for (var form : longestFirst()) {
                hidden = hideEnd(hidden.replace(form, Masking.MASK), form);
            }
        }
        return hidden;
    }

    private List<String> longestFirst() {
        return forms.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** What is told is cut off at some length, perhaps in the middle of one. */
    private static String hideEnd(String text, String form) {
        for (int length = Math.min(form.length() - 1, text.length()); length >= SHORTEST; length--) {
            if (text.regionMatches(text.length() - length, form, 0, length)) {
                return text.substring(0, text.length() - length) + Masking.MASK;
            }
        }
        return text;
    }

    private void add(String secret) {
        if (secret.length() >= SHORTEST && !secret.equals(Masking.MASK)) {
            forms.add(secret);
            var encoded = URLEncoder.encode(secret, StandardCharsets.UTF_8);
            forms.add(encoded);
            forms.add(encoded.replace("+", "%20"));
            var json = Json.write(secret);
            forms.add(json.substring(1, json.length() - 1));
            forms.add(base64(secret));
        }
    }

    /** Of a secret URL a receiver repeats what follows its host; of any other only the user's part is one. */
    private void addUrl(String text, boolean secret) {
        var url = URL.matcher(text);
        if (url.matches()) {
            var user = url.group(1);
            if (user != null) {
                addLogin(user.substring(0, user.length() - 1));
            }
            if (secret) {
                add(url.group(2));
            }
        }
        if (secret) {
            add(text);
        }
    }

    private void addHeader(String name, String value) {
        if (!CredentialHeaders.isOne(name) || name.equalsIgnoreCase(NO_SECRET)) {
            return;
        }
        add(value);
        var space = value.indexOf(' ');
        var rest = value.substring(space + 1);
        if (space > 0) {
            add(rest);
        }
        if (value.regionMatches(true, 0, "basic ", 0, "basic ".length())) {
            try {
                addLogin(new String(Base64.getDecoder().decode(rest), StandardCharsets.UTF_8));
            } catch (IllegalArgumentException _) {
                // Not what Basic means, and known as it stands.
            }
        }
    }

    /** @param login user, colon, password */
    private void addLogin(String login) {
        var colon = login.indexOf(':');
        if (colon >= 0) {
            add(login.substring(colon + 1));
            forms.add(base64(login));
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}

package io.waypost.connector.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Credential;
import io.waypost.connector.Credential.Certificate;
import io.waypost.connector.Credential.Login;
import io.waypost.connector.Credential.Stored;
import io.waypost.connector.Credential.Token;
import io.waypost.connector.Masking;
import io.waypost.connector.http.Variant.Auth.Kind;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A config with what a connection gives. One secret is sent as the connector sends its own: it fills the one secret field
 * that the connector's {@code auth} names. A user and a password fill the two fields of a basic {@code auth}. Everything
 * else, and these where there are no such fields, is a header in the place of the connector's own.
 *
 * @param config with the defaults of the schema; what is not sent because a header takes its place is {@link Masking#MASK}
 * @param instead the credential whose header takes that place; null: the connector's own {@code auth} holds
 */
record Supply(Variant variant, ObjectNode config, @Nullable Credential instead) {

    private static final Pattern PAIR = Pattern.compile("\\{([A-Za-z0-9_]+)}:\\{([A-Za-z0-9_]+)}");

    /**
     * What a credential gives to a variant.
     *
     * @param problem why it cannot be used; null if it can
     */
    private record Given(
            Map<String, String> values,
            boolean instead,
            @Nullable String problem) {

        static final Given NOTHING = new Given(Map.of(), false, null);
    }

    /** @throws IllegalArgumentException if the config chooses no variant, or the variant cannot use the credential */
    static Supply of(
            List<Variant> variants, DeclaredConfig fields, ObjectNode config, @Nullable Credential credential) {
        var whole = fields.withDefaults(config);
        for (var variant : variants) {
            var given = credential == null ? Given.NOTHING : given(variant, fields, credential);
            if (variant.when() == null
                    || whole.hasNonNull(variant.when())
                    || given.values.containsKey(variant.when())) {
                if (given.problem != null) {
                    throw new IllegalArgumentException(given.problem);
                }
                given.values.forEach((name, value) -> {
                    // What is a mere stand-in takes nothing away.
                    if (!given.instead || !whole.hasNonNull(name)) {
                        whole.put(name, value);
                    }
                });
                return new Supply(variant, whole, given.instead ? credential : null);
            }
        }
        throw new IllegalArgumentException("the config has none of the fields that say where to send");
    }

    private static Given given(Variant variant, DeclaredConfig fields, Credential credential) {
        return switch (credential) {
            case Token token -> token(variant, fields, token);
            case Login login -> login(variant, login);
            case Certificate _ ->
                variant.auth().isGrant()
                        ? new Given(Map.of(), false, "cannot be used: the connector gets a token with its own config")
                        : Given.NOTHING;
            case Stored stored -> throw new IllegalStateException("nobody has looked up " + stored);
            default -> instead(variant);
        };
    }

    private static Given token(Variant variant, DeclaredConfig fields, Token token) {
        var auth = variant.auth();
        if (auth.isGrant()) {
            return instead(variant);
        }
        var places = auth.kind() == Kind.NONE ? variant.call().url().fields().stream() : auth.fields().stream();
        var secrets = places.filter(fields::isPlainSecret).collect(Collectors.toCollection(TreeSet::new));
        return switch (secrets.size()) {
            case 0 -> instead(variant);
            case 1 -> new Given(Map.of(secrets.first(), token.token()), false, null);
            default ->
                new Given(
                        Map.of(),
                        false,
                        "gives one token, and the connector needs %s; use the kind header, with what it sends"
                                .formatted(String.join(" and ", secrets)));
        };
    }

    private static Given login(Variant variant, Login login) {
        var pair = PAIR.matcher(variant.auth().value().text());
        return variant.auth().kind() == Kind.BASIC && pair.matches()
                ? new Given(Map.of(pair.group(1), login.username(), pair.group(2), login.password()), false, null)
                : instead(variant);
    }

    /** The fields that nothing but the connector's own header needs are not needed then. */
    private static Given instead(Variant variant) {
        var used = variant.call().fields().collect(Collectors.toSet());
        Stream<String> needless = variant.auth().fields().stream().filter(field -> !used.contains(field));
        return new Given(needless.collect(Collectors.toMap(field -> field, _ -> Masking.MASK)), true, null);
    }
}

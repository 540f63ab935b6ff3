package io.waypost.connector.connection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Masking;
import io.waypost.connector.TargetUrl;
import io.waypost.connector.UrlRules;
import io.waypost.connector.connection.Connection.Kind;
import io.waypost.connector.http.client.HeaderRules;
import io.waypost.platform.Fields;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Texts;
import io.waypost.platform.Violation;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what an owner writes, and says everything that is wrong with it. */
final class ConnectionReader {

    private static final int MAX_NAME = 200;
    private static final int MAX_LINE = 1_000;
    private static final int MAX_SECRET = 8_192;
    private static final String CONFIG = "config";

    private final UrlRules urls;
    private final Clock clock;

    /** What was read. */
    record Draft(String name, Kind kind, ObjectNode config) {}

    ConnectionReader(UrlRules urls, Clock clock) {
        this.urls = urls;
        this.clock = clock;
    }

    /**
     * Reads a whole connection.
     *
     * @param violations what is known to be wrong already
     * @throws Invalid with everything that is wrong
     */
    Draft read(JsonNode body, List<Violation> violations) {
        var fields = Fields.of(body, "", violations);
        fields.any("tenant");
        var name = fields.required(fields.line("name", MAX_NAME), "name");
        fields.require("kind");
        var kind = fields.oneOf("kind", Kind.class);
        fields.require(CONFIG);
        var given = fields.objectNode(CONFIG);
        var config = given == null ? Json.object() : given.deepCopy();
        config.properties().removeIf(field -> field.getValue().isNull());
        if (kind != null && given != null) {
            check(kind, config, fields);
        }
        fields.done();
        return new Draft(name, kind == null ? Kind.BEARER : kind, config);
    }

    /** What the kind wants; nothing else may be there. */
    private void check(Kind kind, ObjectNode config, Fields whole) {
        var fields = Fields.of(config, whole.at(CONFIG), whole.violations());
        switch (kind) {
            case BEARER -> required(fields, "token", MAX_SECRET, HeaderRules::valueProblem);
            case HEADER -> {
                required(fields, "header", MAX_NAME, HeaderRules::nameProblem);
                required(fields, "value", MAX_SECRET, HeaderRules::valueProblem);
            }
            case BASIC -> {
                required(fields, "username", MAX_LINE, ConnectionReader::usernameProblem);
                checkPassword(fields);
            }
            case OAUTH2 -> {
                required(fields, "tokenUrl", MAX_LINE, this::tokenUrlProblem);
                required(fields, "clientId", MAX_LINE, _ -> null);
                required(fields, "clientSecret", MAX_SECRET, _ -> null);
                fields.line("scope", MAX_LINE);
            }
            case MTLS -> checkCertificate(fields);
        }
        if (Masking.MASK.equals(config.path(kind.secret()).textValue())) {
            fields.wrong(
                    kind.secret(),
                    "must be the secret itself; %s stands for one that is stored already".formatted(Masking.MASK));
        }
        fields.refuseUnknown();
    }

    private static void required(Fields fields, String name, int most, Function<String, @Nullable String> problem) {
        fields.require(name);
        var text = fields.line(name, most);
        var found = text == null ? null : problem.apply(text);
        if (found != null) {
            fields.wrong(name, found);
        }
    }

    /** Some services take a key as the user and no password; then it is empty. */
    private static void checkPassword(Fields fields) {
        fields.require("password");
        var password = fields.text("password", MAX_SECRET);
        var fault = password == null || password.isEmpty() ? null : Texts.lineFault(password, MAX_SECRET);
        if (fault != null) {
            fields.wrong("password", fault);
        }
    }

    private void checkCertificate(Fields fields) {
        fields.require("certificate");
        fields.require("privateKey");
        var certificate = fields.text("certificate", Pem.MOST);
        var privateKey = fields.text("privateKey", Pem.MOST);
        var ca = fields.text("ca", Pem.MOST);
        if (!Masking.MASK.equals(privateKey)) {
            ClientCertificates.violations(certificate, privateKey, ca, clock.instant())
                    .forEach(found -> fields.wrong(found.pointer().substring(1), found.detail()));
        }
    }

    private static @Nullable String usernameProblem(String username) {
        return username.indexOf(':') >= 0 ? "must not hold a colon, which parts it from the password" : null;
    }

    private @Nullable String tokenUrlProblem(String url) {
        var problem = urls.problem(url);
        if (problem == null && TargetUrl.parse(url).authorization() != null) {
            return "must not hold a user and password; those are clientId and clientSecret";
        }
        return problem;
    }

    /** What is wrong with a body, as a list. */
    List<Violation> violations(JsonNode body) {
        try {
            read(body, new ArrayList<>());
            return List.of();
        } catch (Invalid e) {
            return e.violations();
        }
    }
}

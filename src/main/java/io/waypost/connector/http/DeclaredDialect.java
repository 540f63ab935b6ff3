package io.waypost.connector.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.Credential;
import io.waypost.connector.Credential.Granted;
import io.waypost.connector.Expressions;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Postponed;
import io.waypost.connector.connection.Grant;
import io.waypost.connector.connection.Tokens;
import io.waypost.connector.connection.Tokens.NoToken;
import io.waypost.connector.http.Variant.Probe;
import io.waypost.connector.http.client.HttpAnswer;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.connector.http.client.HttpAnswer.NotSent;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.connector.http.client.HttpRequest;
import io.waypost.platform.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A connector that is one HTTP request, with all there is to know about it in its file. */
final class DeclaredDialect implements HttpDialect {

    private static final Duration CHECK_LIMIT = Duration.ofSeconds(10);

    private final DeclaredConfig fields;
    private final List<Variant> variants;
    private final Requests requests;
    private final Answers answers;
    private final HttpExchange http;
    private final Tokens tokens;
    private final boolean getsTokens;

    DeclaredDialect(
            DeclaredConfig fields, List<Variant> variants, Expressions expressions, HttpExchange http, Tokens tokens) {
        this.fields = fields;
        this.variants = List.copyOf(variants);
        this.requests = new Requests(fields, expressions);
        this.answers = new Answers(expressions);
        this.http = http;
        this.tokens = tokens;
        this.getsTokens = variants.stream().anyMatch(variant -> variant.auth().isGrant());
    }

    @Override
    public List<Violation> violations(ObjectNode config) {
        return fields.violations(config, variants);
    }

    @Override
    public Set<String> places() {
        return variants.stream().flatMap(Variant::places).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public ObjectNode supplied(ObjectNode config, Credential credential) {
        var supply = Supply.of(variants, fields, config, credential);
        // Without the defaults, which the schema does not ask for.
        var whole = config.deepCopy();
        supply.variant().auth().fields().forEach(field -> putIfThere(field, supply.config(), whole));
        supply.variant().call().url().fields().forEach(field -> putIfThere(field, supply.config(), whole));
        return whole;
    }

    private static void putIfThere(String field, ObjectNode from, ObjectNode into) {
        if (from.hasNonNull(field)) {
            into.set(field, from.get(field));
        }
    }

    @Override
    public @Nullable Grant grant(Message message) {
        if (!getsTokens) {
            return null;
        }
        var supply = Supply.of(variants, fields, message.config(), message.credential());
        return supply.instead() == null ? supply.variant().auth().grant(supply.config()) : null;
    }

    @Override
    public HttpRequest request(Message message) {
        return requests.of(Supply.of(variants, fields, message.config(), message.credential()), message);
    }

    @Override
    public Outcome judge(Message message, HttpAnswer answer) {
        return switch (answer) {
            case NoAnswer(var failure, var detail) -> new Failed(failure, detail);
            case NotSent(var detail) -> new Postponed(detail);
            case Answered answered ->
                answers.judge(
                        Supply.of(variants, fields, message.config(), message.credential())
                                .variant(),
                        answered,
                        message.at());
        };
    }

    @Override
    public CheckResult check(ObjectNode given) {
        var problems = violations(given);
        if (!problems.isEmpty()) {
            var first = problems.getFirst();
            return new CheckResult(false, first.pointer() + " " + first.detail());
        }
        var supply = Supply.of(variants, fields, given, null);
        var probe = supply.variant().check();
        if (probe == null) {
            return new CheckResult(true, "The config is valid; it cannot be tried further without sending something.");
        }
        try {
            return judge(probe, http.send(requests.probe(withToken(supply), probe.call()), CHECK_LIMIT));
        } catch (NoToken e) {
            return new CheckResult(false, String.valueOf(e.getMessage()));
        }
    }

    private Supply withToken(Supply supply) {
        var grant = supply.variant().auth().grant(supply.config());
        if (grant == null) {
            return supply;
        }
        tokens.check(grant);
        var token = tokens.token(grant, System.nanoTime() + CHECK_LIMIT.toNanos());
        return new Supply(supply.variant(), supply.config(), new Granted(grant, token));
    }

    private CheckResult judge(Probe probe, HttpAnswer answer) {
        return switch (answer) {
            case NoAnswer(var failure, var detail) -> new CheckResult(false, failure.code() + ": " + detail);
            case NotSent(var detail) -> new CheckResult(false, detail);
            case Answered answered ->
                answers.isSuccess(probe.success(), probe.successBody(), answered)
                        ? new CheckResult(true, "The credentials work.")
                        : new CheckResult(false, "status %d: %s".formatted(answered.status(), answered.beginning()));
        };
    }
}

package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.Expressions;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.http.client.HttpAnswer;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.connector.http.client.HttpRequest;
import io.waypost.platform.Violation;
import java.time.Duration;
import java.util.List;

/** A connector that is one HTTP request, with all there is to know about it in its file. */
final class DeclaredDialect implements HttpDialect {

    private static final Duration CHECK_LIMIT = Duration.ofSeconds(10);

    private final DeclaredConfig fields;
    private final List<Variant> variants;
    private final Requests requests;
    private final Answers answers;
    private final HttpExchange http;

    DeclaredDialect(DeclaredConfig fields, List<Variant> variants, Expressions expressions, HttpExchange http) {
        this.fields = fields;
        this.variants = List.copyOf(variants);
        this.requests = new Requests(fields, expressions);
        this.answers = new Answers(expressions);
        this.http = http;
    }

    @Override
    public List<Violation> violations(ObjectNode config) {
        return fields.violations(config, variants);
    }

    @Override
    public HttpRequest request(Message message) {
        var config = fields.withDefaults(message.config());
        return requests.of(variant(config), message, config);
    }

    @Override
    public Outcome judge(Message message, HttpAnswer answer) {
        return switch (answer) {
            case NoAnswer(var failure, var detail) -> new Failed(failure, detail);
            case Answered answered ->
                answers.judge(variant(fields.withDefaults(message.config())), answered, message.at());
        };
    }

    @Override
    public CheckResult check(ObjectNode given) {
        var problems = violations(given);
        if (!problems.isEmpty()) {
            var first = problems.getFirst();
            return new CheckResult(false, first.pointer() + " " + first.detail());
        }
        var config = fields.withDefaults(given);
        var variant = variant(config);
        var probe = variant.check();
        if (probe == null) {
            return new CheckResult(true, "The config is valid; it cannot be tried further without sending something.");
        }
        return switch (http.send(requests.probe(variant, probe.call(), config), CHECK_LIMIT)) {
            case NoAnswer(var failure, var detail) -> new CheckResult(false, failure.code() + ": " + detail);
            case Answered answer ->
                answers.isSuccess(probe.success(), probe.successBody(), answer)
                        ? new CheckResult(true, "The credentials work.")
                        : new CheckResult(false, "status %d: %s".formatted(answer.status(), answer.beginning()));
        };
    }

    private Variant variant(JsonNode config) {
        return variants.stream()
                .filter(v -> v.when() == null || config.hasNonNull(v.when()))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("the config has none of the fields that say where to send"));
    }
}

package io.waypost.connector.connection;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import io.waypost.connector.Credential;
import io.waypost.connector.Failure;
import io.waypost.connector.Secrets;
import io.waypost.connector.TargetUrl;
import io.waypost.connector.connection.Grant.ClientCredentials;
import io.waypost.connector.connection.Grant.JwtBearer;
import io.waypost.connector.connection.Tokens.NoToken;
import io.waypost.connector.connection.Tokens.NoToken.Why;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.connector.http.client.HttpAnswer.NotSent;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.connector.http.client.HttpRequest;
import io.waypost.platform.Caches;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Texts;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks OAuth 2 servers for tokens, over the guarded client. A client says who it is by basic authentication, which every
 * server takes (RFC 6749, section 2.3.1); to one that does not after all it says so in the form.
 */
final class TokenEndpoint {

    /** What a token lives for if the server does not say. */
    private static final Duration USUAL_LIFE = Duration.ofHours(1);

    private static final Duration MOST_LIFE = Duration.ofDays(30);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int LONGEST_ERROR = 200;
    private static final Set<String> OF_THE_CLIENT = Set.of("invalid_client", "invalid_request", "unauthorized_client");

    private final HttpExchange http;

    /** Those that want the client's credentials in the form. */
    private final Cache<Grant, Boolean> inForm = Caches.ofMebibytes(4, (grant, _) -> grant.bytes());

    /** A token that was given. */
    record Given(String token, Duration life) {

        @Override
        public String toString() {
            return "Given[%s]".formatted(life);
        }
    }

    TokenEndpoint(HttpExchange http) {
        this.http = http;
    }

    /**
     * Asks once, and a client whose credentials were not taken a second time in the other way. Blocks for at most 20 s.
     *
     * @throws NoToken if there is none to be had
     */
    Given ask(Grant grant, Instant now) {
        return switch (grant) {
            case JwtBearer bearer -> given(grant, post(grant, assertion(bearer, now), null));
            case ClientCredentials client -> given(grant, ask(client));
        };
    }

    private Answered ask(ClientCredentials client) {
        var formFirst = inForm.getIfPresent(client) != null;
        var answer = post(client, form(client, formFirst), formFirst ? null : basic(client));
        if (formFirst || !notTaken(answer)) {
            return answer;
        }
        var second = post(client, form(client, true), null);
        if (second.status() / 100 != 2) {
            return answer;
        }
        inForm.put(client, true);
        return second;
    }

    private static boolean notTaken(Answered answer) {
        return answer.status() == 401
                || (answer.status() == 400
                        && OF_THE_CLIENT.contains(json(answer).path("error").asText()));
    }

    private Answered post(Grant grant, Map<String, String> form, @Nullable String authorization) {
        var headers = new LinkedHashMap<String, String>();
        if (authorization != null) {
            headers.put("Authorization", authorization);
        }
        headers.put("Accept", "application/json");
        headers.put("Content-Type", "application/x-www-form-urlencoded");
        var body = form.entrySet().stream()
                .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
                .collect(Collectors.joining("&"));
        var request = new HttpRequest(
                "POST", TargetUrl.parse(grant.tokenUrl()).uri(), headers, body.getBytes(StandardCharsets.UTF_8));
        return switch (http.send(request, LIMIT)) {
            case Answered answered -> answered;
            case NotSent(var detail) -> throw new NoToken(Why.POSTPONED, detail);
            case NoAnswer(var failure, var detail) ->
                throw new NoToken(
                        failure == Failure.ADDRESS_BLOCKED ? Why.DENIED : Why.UNREACHED,
                        "the token endpoint could not be asked (%s): %s".formatted(failure.code(), detail));
        };
    }

    private static Map<String, String> form(ClientCredentials client, boolean withClient) {
        var form = new LinkedHashMap<String, String>();
        form.put("grant_type", "client_credentials");
        if (client.scope() != null) {
            form.put("scope", client.scope());
        }
        if (withClient) {
            form.put("client_id", client.clientId());
            form.put("client_secret", client.clientSecret());
        }
        return form;
    }

    private static String basic(ClientCredentials client) {
        var text = encode(client.clientId()) + ":" + encode(client.clientSecret());
        return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> assertion(JwtBearer bearer, Instant now) {
        var claims = Json.object().put("iss", bearer.issuer());
        if (bearer.scope() != null) {
            claims.put("scope", bearer.scope());
        }
        claims.put("aud", bearer.tokenUrl());
        claims.put("iat", now.getEpochSecond());
        claims.put("exp", now.plus(USUAL_LIFE).getEpochSecond());
        var text = base64(bytes("{\"alg\":\"RS256\",\"typ\":\"JWT\"}")) + "." + base64(bytes(Json.write(claims)));
        var form = new LinkedHashMap<String, String>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        form.put("assertion", text + "." + base64(signed(bearer, text)));
        return form;
    }

    private static byte[] signed(JwtBearer bearer, String text) {
        try {
            var signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(Pem.privateKey(bearer.privateKey()));
            signature.update(bytes(text));
            return signature.sign();
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new NoToken(Why.DENIED, "the private key cannot sign with RSA: " + e.getMessage());
        }
    }

    private static Given given(Grant grant, Answered answer) {
        var status = answer.status();
        if (status / 100 != 2) {
            var passing = status / 100 == 5 || status == 408 || status == 429;
            throw new NoToken(
                    passing ? Why.UNREACHED : Why.DENIED,
                    "the token endpoint answered with status %d%s".formatted(status, error(grant, json(answer))));
        }
        var json = json(answer);
        var token = json.path("access_token").asText("");
        if (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            throw new NoToken(Why.DENIED, "the token endpoint gave no access_token" + error(grant, json));
        }
        var type = json.path("token_type").asText("Bearer");
        if (!type.equalsIgnoreCase("bearer")) {
            throw new NoToken(
                    Why.DENIED,
                    "the token endpoint gave a token that is no bearer token, at "
                            + TargetUrl.parse(grant.tokenUrl()).host());
        }
        return new Given(token, life(json.path("expires_in")));
    }

    private static Duration life(JsonNode seconds) {
        var given = seconds.isNumber() || seconds.isTextual() ? seconds.asLong(-1) : -1;
        if (given < 0) {
            return USUAL_LIFE;
        }
        return Duration.ofSeconds(Math.min(given, MOST_LIFE.toSeconds()));
    }

    /** What the server says of it; nothing else of its answer, which may hold what it was sent. */
    private static String error(Grant grant, JsonNode json) {
        var error = json.path("error").asText("");
        var description = json.path("error_description").asText("");
        var sent = new Secrets(Set.of(), Json.object(), new Credential.Granted(grant, null), Map.of());
        var text = Texts.visible(sent.hide(error + (description.isEmpty() ? "" : ", " + description)));
        return text.isBlank() ? "" : ": " + text.substring(0, Math.min(text.length(), LONGEST_ERROR));
    }

    private static JsonNode json(Answered answer) {
        try {
            return Json.read(answer.body());
        } catch (Refused _) {
            return Json.object(); // no JSON, and so nothing of what we look for
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

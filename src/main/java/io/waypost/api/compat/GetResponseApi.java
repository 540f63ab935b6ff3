package io.waypost.api.compat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscription;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * GetResponse's callbacks: one URL for the account. They are GET requests, made once.
 *
 * @see <a href="https://apidocs.getresponse.com/v3">GetResponse, API v3</a>
 */
@RestController
@RequestMapping("/v3/accounts/callbacks")
final class GetResponseApi {

    private static final String APP = "getresponse";
    private static final String FORMAT = "getresponse-callback";
    private static final String SCHEME = "api-key ";

    private static final Map<String, String> EVENTS = new LinkedHashMap<>();

    static {
        EVENTS.put("open", "message.opened");
        EVENTS.put("click", "message.clicked");
        EVENTS.put("goal", "goal.reached");
        EVENTS.put("subscribe", "subscriber.opted_in");
        EVENTS.put("unsubscribe", "subscriber.opted_out");
        EVENTS.put("survey", "survey.answered");
    }

    private final Accounts accounts;
    private final Hooks hooks;

    GetResponseApi(Accounts accounts, Hooks hooks) {
        this.accounts = accounts;
        this.hooks = hooks;
    }

    @GetMapping
    ResponseEntity<byte[]> get(HttpServletRequest request) {
        return answer(request, tenant -> hook(tenant)
                .map(hook -> Answers.ok(shown(hook)))
                .orElseGet(() -> failed(HttpStatus.NOT_FOUND, 1013, "There are no callbacks on this account")));
    }

    /** Sets the account's callbacks; those it had are replaced. */
    @PostMapping
    ResponseEntity<byte[]> set(HttpServletRequest request) {
        return answer(request, tenant -> {
            var body = Json.read(Bodies.bytes(request));
            var actions = body.path("actions");
            var events = EVENTS.entrySet().stream()
                    .filter(entry -> actions.path(entry.getKey()).asBoolean(false))
                    .map(Map.Entry::getValue)
                    .toList();
            try {
                return Answers.ok(shown(set(tenant, body.path("url").asText(), events)));
            } catch (Invalid e) {
                return failed(HttpStatus.BAD_REQUEST, 1000, e.getMessage());
            }
        });
    }

    private Subscription set(String tenant, String url, List<String> events) {
        var order = Hooks.order(APP, events, url, FORMAT, FORMAT);
        order.withObjectProperty("config").put("method", "GET");
        // A callback that does not arrive is lost, and nothing else follows from it.
        order.putObject("deactivation").put("afterFailures", 0);
        var made = hooks.createUnless(GetResponseApi::isOne, tenant, order);
        return made.isNew() ? made.subscription() : hooks.patch(made.subscription(), order);
    }

    @DeleteMapping
    ResponseEntity<byte[]> delete(HttpServletRequest request) {
        return answer(request, tenant -> hook(tenant)
                .map(hook -> {
                    hooks.delete(hook);
                    return Answers.noContent();
                })
                .orElseGet(() -> failed(HttpStatus.NOT_FOUND, 1013, "There are no callbacks on this account")));
    }

    private Optional<Subscription> hook(String tenant) {
        return hooks.list(tenant, APP, GetResponseApi::isOne).stream().findFirst();
    }

    private static boolean isOne(Subscription hook) {
        return Hooks.config(hook, "format").equals(FORMAT);
    }

    private ObjectNode shown(Subscription hook) {
        var shown = Json.object().put("url", hooks.shown(hook, "url"));
        var actions = shown.putObject("actions");
        EVENTS.forEach((action, event) ->
                actions.put(action, hook.definition().events().contains(event)));
        return shown;
    }

    private ResponseEntity<byte[]> answer(HttpServletRequest request, Function<String, ResponseEntity<byte[]>> call) {
        var header = request.getHeader("X-Auth-Token");
        var key = header != null && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? header.substring(SCHEME.length()).strip()
                : header;
        return accounts.byHeader(request, key)
                .map(call)
                .orElseGet(() -> failed(
                        HttpStatus.UNAUTHORIZED,
                        1014,
                        "Unable to authenticate request: send X-Auth-Token: api-key KEY"));
    }

    private static ResponseEntity<byte[]> failed(
            HttpStatus status, int code, @org.jspecify.annotations.Nullable String why) {
        var body = Json.object()
                .put("httpStatus", status.value())
                .put("code", code)
                .put("message", why);
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .body(Json.write(body).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}

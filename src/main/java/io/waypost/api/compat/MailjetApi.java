package io.waypost.api.compat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.replay.Activation;
import io.waypost.subscription.Subscription;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Mailjet's event callback URLs: one for each event type, and one more as its backup. Here both are one subscription, and
 * the backup has the number behind it.
 *
 * @see <a href="https://dev.mailjet.com/email/reference/webhook/">Mailjet, Webhook</a>
 */
@RestController
@RequestMapping({"/v3/REST/eventcallbackurl", "/v3/REST/Eventcallbackurl", "/v3/rest/eventcallbackurl"})
final class MailjetApi {

    private static final String APP = "mailjet";
    private static final int MOST_GROUPED = 100;
    private static final String GROUPED = "mailjet-grouped";
    private static final String BACKUP = "backupUrl";

    private final Accounts accounts;
    private final Hooks hooks;
    private final Activation activation;

    MailjetApi(Accounts accounts, Hooks hooks, Activation activation) {
        this.accounts = accounts;
        this.hooks = hooks;
        this.activation = activation;
    }

    /** One of the two URLs of a subscription. */
    private record Callback(Subscription hook, boolean backup) {

        long id() {
            return 2 * hook.no() + (backup ? 1 : 0);
        }
    }

    @GetMapping
    ResponseEntity<byte[]> list(HttpServletRequest request) {
        return answer(request, tenant -> {
            var data = Json.MAPPER.createArrayNode();
            for (var hook : hooks.list(tenant, APP, MailjetApi::isOne)) {
                data.add(shown(new Callback(hook, false)));
                if (!Hooks.config(hook, BACKUP).isEmpty()) {
                    data.add(shown(new Callback(hook, true)));
                }
            }
            return Answers.ok(envelope(data));
        });
    }

    @GetMapping("/{id}")
    ResponseEntity<byte[]> get(@PathVariable String id, HttpServletRequest request) {
        return answer(request, tenant -> Answers.ok(envelope(callback(tenant, id))));
    }

    @PostMapping
    ResponseEntity<byte[]> create(HttpServletRequest request) {
        return answer(request, tenant -> {
            var body = Json.read(Bodies.bytes(request));
            var made = isBackup(body) ? addBackup(tenant, body) : addMain(tenant, body);
            return of(HttpStatus.CREATED, envelope(made));
        });
    }

    @PutMapping("/{id}")
    ResponseEntity<byte[]> update(@PathVariable String id, HttpServletRequest request) {
        return answer(request, tenant -> {
            var callback = callback(tenant, id);
            var body = Json.read(Bodies.bytes(request));
            var patch = Json.object();
            var config = patch.putObject("config");
            if (body.hasNonNull("Url")) {
                config.set(callback.backup ? BACKUP : "url", body.get("Url"));
            }
            if (body.hasNonNull("Version")) {
                config.put("format", format(body));
                patch.set("batch", batch(body));
            }
            var changed = hooks.patch(callback.hook, patch);
            var isNew = !Hooks.config(changed, "url").equals(Hooks.config(callback.hook, "url"));
            // Only a new URL brings a dead one back to life.
            var alive = isNew && !changed.active() ? activation.activate(changed, true) : changed;
            return Answers.ok(envelope(new Callback(alive, callback.backup)));
        });
    }

    @DeleteMapping("/{id}")
    ResponseEntity<byte[]> delete(@PathVariable String id, HttpServletRequest request) {
        return answer(request, tenant -> {
            var callback = callback(tenant, id);
            if (callback.backup) {
                var patch = Json.object();
                patch.putObject("config").putNull(BACKUP);
                hooks.patch(callback.hook, patch);
            } else {
                hooks.delete(callback.hook);
            }
            return Answers.noContent();
        });
    }

    private Callback addMain(String tenant, JsonNode body) {
        var event = MailjetEvents.platform(body);
        var order = Hooks.order(APP, java.util.List.of(event), url(body), format(body), APP);
        // It is dead when it has failed for a day.
        order.putObject("deactivation").put("afterFailures", 10).put("over", "24h");
        order.set("batch", batch(body));
        var made = hooks.createUnless(of(event), tenant, order);
        if (!made.isNew()) {
            throw twice(body);
        }
        var hook = made.subscription();
        var dead = body.path("Status").asText().equals("dead");
        return new Callback(dead ? activation.pause(hook) : hook, false);
    }

    private Callback addBackup(String tenant, JsonNode body) {
        var hook = hooks.list(tenant, APP, of(MailjetEvents.platform(body))).stream()
                .findFirst()
                .orElseThrow(() -> new Invalid("/IsBackup", "needs a URL of this EventType to be the backup of"));
        var patch = Json.object();
        patch.putObject("config").put(BACKUP, url(body));
        return new Callback(
                hooks.patch(hook, patch, now -> {
                    if (!Hooks.config(now, BACKUP).isEmpty()) {
                        throw twice(body);
                    }
                }),
                true);
    }

    private static Invalid twice(JsonNode body) {
        return new Invalid(
                "/EventType",
                "MJ18 A Eventcallbackurl resource with value \"%s\" for EventType already exists; update or delete that one"
                        .formatted(body.path("EventType").asText()));
    }

    private static String url(JsonNode body) {
        if (!body.path("Url").isTextual()) {
            throw new Invalid("/Url", "is required");
        }
        return body.path("Url").textValue();
    }

    /** Version 2 is an array of events, version 1 an object. */
    private static String format(JsonNode body) {
        return body.path("Version").asText("1").equals("2") ? GROUPED : APP;
    }

    /** Version 2 gathers the events of a second. */
    private static JsonNode batch(JsonNode body) {
        return format(body).equals(GROUPED)
                ? Json.object().put("maxItems", MOST_GROUPED).put("maxWait", "1s")
                : Json.MAPPER.nullNode();
    }

    private static boolean isBackup(JsonNode body) {
        return body.path("IsBackup").asBoolean(false);
    }

    private static boolean isOne(Subscription hook) {
        return Hooks.config(hook, "format").startsWith(APP)
                && hook.definition().events().size() == 1;
    }

    private static java.util.function.Predicate<Subscription> of(String event) {
        return hook -> isOne(hook) && hook.definition().events().getFirst().equals(event);
    }

    /** By its number, or by its event type and whether it is the backup ({@code open|false}). */
    private Callback callback(String tenant, String id) {
        var number = id.matches("\\d{1,18}");
        var backup = number ? Long.parseLong(id) % 2 == 1 : id.endsWith("|true");
        var hook = number
                ? hooks.find(
                        tenant,
                        Long.toString(Long.parseLong(id) / 2),
                        found -> APP.equals(found.definition().app()) && isOne(found))
                : hooks.list(tenant, APP, MailjetApi::isOne).stream()
                        .filter(found -> id.equals(MailjetEvents.mailjet(
                                        found.definition().events().getFirst()) + "|" + backup))
                        .findFirst();
        return hook.filter(found -> !backup || !Hooks.config(found, BACKUP).isEmpty())
                .map(found -> new Callback(found, backup))
                .orElseThrow(() -> Refused.notFound("The event callback URL"));
    }

    private ObjectNode shown(Callback callback) {
        var hook = callback.hook;
        var alive = callback.backup || (hook.active() && !hook.onBackup());
        return Json.object()
                .put(
                        "EventType",
                        MailjetEvents.mailjet(hook.definition().events().getFirst()))
                .put("ID", callback.id())
                .put("IsBackup", callback.backup)
                .put("Status", alive ? "alive" : "dead")
                .put("Url", hooks.shown(hook, callback.backup ? BACKUP : "url"))
                .put("Version", Hooks.config(hook, "format").equals(GROUPED) ? 2 : 1);
    }

    private ObjectNode envelope(Callback callback) {
        return envelope(Json.MAPPER.createArrayNode().add(shown(callback)));
    }

    private static ObjectNode envelope(ArrayNode data) {
        var envelope = Json.object().put("Count", data.size());
        envelope.set("Data", data);
        return envelope.put("Total", data.size());
    }

    private ResponseEntity<byte[]> answer(HttpServletRequest request, Function<String, ResponseEntity<byte[]>> call) {
        try {
            return accounts.byBasic(request)
                    .map(call)
                    .orElseGet(
                            () -> failed(
                                    HttpStatus.UNAUTHORIZED,
                                    "API key authentication/authorization failure: the user is your tenant, the password a key"));
        } catch (Invalid e) {
            var places = e.violations().stream().map(MailjetApi::line).toList();
            return failed(HttpStatus.BAD_REQUEST, String.join("; ", places));
        } catch (Refused e) {
            if (e.reason() != Refused.Reason.NOT_FOUND) {
                throw e;
            }
            return failed(HttpStatus.NOT_FOUND, "Object not found");
        }
    }

    private static String line(Violation violation) {
        return violation.detail().startsWith("MJ18")
                ? violation.detail()
                : "%s %s"
                        .formatted(
                                violation.pointer().replaceFirst("^/config/(url|backupUrl)$", "/Url"),
                                violation.detail());
    }

    private static ResponseEntity<byte[]> failed(HttpStatus status, String why) {
        return of(
                status,
                Json.object().put("ErrorInfo", "").put("ErrorMessage", why).put("StatusCode", status.value()));
    }

    private static ResponseEntity<byte[]> of(HttpStatus status, ObjectNode body) {
        var response = ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON);
        if (status == HttpStatus.UNAUTHORIZED) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"Provide an apiKey and secretKey\"");
        }
        return response.body(Json.write(body).getBytes(StandardCharsets.UTF_8));
    }
}

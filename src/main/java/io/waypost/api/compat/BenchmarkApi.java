package io.waypost.api.compat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.subscription.Subscription;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Benchmark Email's webhooks of a contact list. Always 200; {@code Response.Status} is 1, or -1 with what is wrong.
 *
 * @see <a href="https://github.com/BenchmarkEmail/RESTful-API-v3">Benchmark, RESTful API v3</a>
 */
@RestController
@RequestMapping("/Contact/{list}/Webhooks")
final class BenchmarkApi {

    private static final String APP = "benchmark";
    private static final Set<String> YES = Set.of("1", "true");

    /** Where events name the list they are about: the catalogue's ways, and the vendor's own. */
    private static final List<List<String>> PLACES = List.of(
            List.of("data", "lists", "id"),
            List.of("data", "list", "id"),
            List.of("data", "list_id"),
            List.of("data", "raw", "list_id"));

    private static final Map<String, String> EVENTS = new LinkedHashMap<>();

    static {
        EVENTS.put("CleanedAddress", "subscriber.cleaned");
        EVENTS.put("EmailChanged", "subscriber.email_changed");
        EVENTS.put("ProfileUpdates", "subscriber.profile_updated");
        EVENTS.put("Subscribes", "subscriber.opted_in");
        EVENTS.put("Unsubscribes", "subscriber.opted_out");
    }

    private final Accounts accounts;
    private final Hooks hooks;

    BenchmarkApi(Accounts accounts, Hooks hooks) {
        this.accounts = accounts;
        this.hooks = hooks;
    }

    @PostMapping
    ResponseEntity<byte[]> create(@PathVariable String list, HttpServletRequest request) {
        return answer(request, tenant -> {
            var data = data(request);
            var ticked = EVENTS.keySet().stream()
                    .filter(flag -> isTicked(data, flag))
                    .toList();
            var url = data.path("ClientUrl").asText();
            var order = Hooks.order(APP, ticked.stream().map(EVENTS::get).toList(), url, APP, APP);
            order.set("filter", filter(list));
            return response(shown(list, hooks.create(tenant, order)));
        });
    }

    @GetMapping
    ResponseEntity<byte[]> all(@PathVariable String list, HttpServletRequest request) {
        return answer(request, tenant -> {
            var data = Json.MAPPER.createArrayNode();
            hooks.list(tenant, APP, of(list)).forEach(hook -> data.add(shown(list, hook)));
            var response = Json.object().put("Count", data.size());
            response.set("Data", data);
            return response.put("Status", "1");
        });
    }

    @GetMapping("/{id}")
    ResponseEntity<byte[]> one(@PathVariable String list, @PathVariable String id, HttpServletRequest request) {
        return answer(request, tenant -> response(shown(list, hook(tenant, list, id))));
    }

    @PatchMapping("/{id}")
    ResponseEntity<byte[]> update(@PathVariable String list, @PathVariable String id, HttpServletRequest request) {
        return answer(request, tenant -> {
            var hook = hook(tenant, list, id);
            var data = data(request);
            var patch = Json.object();
            var events = patch.putArray("events");
            EVENTS.forEach((flag, event) -> {
                var before = hook.definition().events().contains(event);
                if (data.has(flag) ? isTicked(data, flag) : before) {
                    events.add(event);
                }
            });
            if (data.has("ClientUrl")) {
                patch.putObject("config").set("url", data.get("ClientUrl"));
            }
            return response(shown(list, hooks.patch(hook, patch)));
        });
    }

    @DeleteMapping("/{id}")
    ResponseEntity<byte[]> delete(@PathVariable String list, @PathVariable String id, HttpServletRequest request) {
        return answer(request, tenant -> {
            hooks.delete(hook(tenant, list, id));
            var response = Json.object();
            response.putArray("Error");
            return response.put("Status", "1");
        });
    }

    private Subscription hook(String tenant, String list, String id) {
        return hooks.find(
                        tenant,
                        id,
                        of(list).and(hook -> APP.equals(hook.definition().app())))
                .orElseThrow(() -> Refused.notFound("The webhook"));
    }

    private static JsonNode data(HttpServletRequest request) {
        var body = Json.read(Bodies.bytes(request));
        return body.path("Data").isObject() ? body.path("Data") : body;
    }

    private static boolean isTicked(JsonNode data, String flag) {
        return YES.contains(data.path(flag).asText().toLowerCase(java.util.Locale.ROOT));
    }

    /** Only events of this list, whose number may be written as a number or as text. */
    private static ObjectNode filter(String list) {
        var filter = Json.object();
        var places = filter.putArray("$or");
        for (var place : PLACES) {
            var at = places.addObject();
            for (var step : place.subList(0, place.size() - 1)) {
                at = at.putObject(step);
            }
            var ids = at.putArray(place.getLast()).add(list);
            if (list.matches("[1-9]\\d{0,17}")) {
                ids.add(Long.parseLong(list));
            }
        }
        return filter;
    }

    private static java.util.function.Predicate<Subscription> of(String list) {
        return hook -> hook.definition().filter() != null
                && Json.read(hook.definition().filter())
                        .at("/$or/0/data/lists/id/0")
                        .asText()
                        .equals(list);
    }

    private ObjectNode shown(String list, Subscription hook) {
        var flags = hook.definition().events();
        var shown = Json.object();
        EVENTS.forEach((flag, event) -> shown.put(flag, flags.contains(event) ? "1" : "0"));
        return shown.put("ClientUrl", hooks.shown(hook, "url"))
                .put("ContactMasterID", list)
                .put("ID", Long.toString(hook.no()));
    }

    private static ObjectNode response(JsonNode data) {
        var response = Json.object();
        response.set("Data", data);
        response.putArray("Errors");
        return response.put("Status", "1");
    }

    private ResponseEntity<byte[]> answer(HttpServletRequest request, Function<String, ObjectNode> call) {
        var response = Json.object();
        try {
            response.set(
                    "Response",
                    tenant(request)
                            .map(call)
                            .orElseGet(() -> failed("Authentication failed: AuthToken must be a key")));
        } catch (Invalid e) {
            response.set("Response", failed(e.getMessage()));
        } catch (Refused e) {
            if (e.reason() != Refused.Reason.NOT_FOUND && e.reason() != Refused.Reason.MALFORMED) {
                throw e;
            }
            response.set("Response", failed(e.getMessage()));
        }
        return Answers.ok(response);
    }

    private Optional<String> tenant(HttpServletRequest request) {
        return accounts.byHeader(request, request.getHeader("AuthToken"));
    }

    private static ObjectNode failed(@org.jspecify.annotations.Nullable String why) {
        var failed = Json.object();
        failed.putArray("Errors").add(why);
        return failed.put("Status", "-1");
    }
}

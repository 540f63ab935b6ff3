package io.waypost.api.compat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.waypost.api.http.Answers;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.replay.Activation;
import io.waypost.subscription.Subscription;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/**
 * MAILINGWORK's four functions. Always 200; the envelope tells what came of it: 0 for success, 1 for what concerns the call
 * as a whole, from 2 on what is wrong with the parameters, in their order: first those that are missing, then those that are
 * wrong.
 */
@RestController
final class MailingworkApi {

    private static final Map<String, String> EVENTS = Map.of(
            "optin_finalized", "subscriber.opted_in",
            "optout_finalized", "subscriber.opted_out",
            "profilemanager_finalized", "subscriber.profile_updated");

    private static final Map<String, String> NAMES =
            EVENTS.entrySet().stream().collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));

    /** An opt-in counts once the link in the mail was followed. */
    private static final String CONFIRMED =
            "{\"$or\":[{\"data\":{\"confirmed\":[{\"exists\":false}]}},{\"data\":{\"confirmed\":[true]}}]}";

    private final Accounts accounts;
    private final Hooks hooks;
    private final Activation activation;

    MailingworkApi(Accounts accounts, Hooks hooks, Activation activation) {
        this.accounts = accounts;
        this.hooks = hooks;
        this.activation = activation;
    }

    /** An answer that is no success. */
    private static final class Failed extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final int code;

        Failed(int code, String message) {
            super(message, null, false, false);
            this.code = code;
        }
    }

    @RequestMapping(
            path = "/webservice/webservice/json/{function}",
            method = {RequestMethod.POST, RequestMethod.GET})
    ResponseEntity<byte[]> call(@PathVariable String function, HttpServletRequest request) {
        try {
            var form = Form.of(request);
            var tenant = accounts.tenant(form.text("username"), form.text("password"))
                    .orElseThrow(() -> new Failed(1, "Login failed"));
            return answer(0, "ok", call(function.toLowerCase(Locale.ROOT), tenant, form));
        } catch (Failed e) {
            return answer(e.code, String.valueOf(e.getMessage()), NullNode.getInstance());
        }
    }

    private JsonNode call(String function, String tenant, Form form) {
        return switch (function) {
            case "createwebhook" -> create(tenant, form);
            case "getwebhooks" -> list(tenant, form);
            case "activatewebhook" -> activate(tenant, form);
            case "deletewebhookbyid" -> delete(tenant, form);
            default -> throw new Failed(1, "Unknown function " + function);
        };
    }

    private JsonNode create(String tenant, Form form) {
        var app = required(form, 2, "app");
        var event = required(form, 3, "event");
        var url = required(form, 4, "url");
        var type = EVENTS.get(event);
        if (type == null) {
            throw new Failed(6, "Invalid event");
        }
        var order = Hooks.order(app, List.of(type), url, "mailingwork", "mailingwork");
        if (event.equals("optin_finalized")) {
            order.set("filter", Json.read(CONFIRMED));
        }
        try {
            return LongNode.valueOf(hooks.create(tenant, order).no());
        } catch (Invalid e) {
            var first = e.violations().getFirst();
            throw first.pointer().equals("/app")
                    ? new Failed(5, "Invalid app: " + first.detail())
                    : new Failed(7, "Invalid url: " + first.detail());
        }
    }

    private static String required(Form form, int code, String... names) {
        var value = form.text(names);
        if (value == null) {
            throw new Failed(code, "No %s provided".formatted(names[0]));
        }
        return value;
    }

    /** All webhooks, those of Zapier too. */
    private JsonNode list(String tenant, Form form) {
        var event = form.text("event");
        var list = Json.MAPPER.createArrayNode();
        hooks.list(tenant, form.text("app"), hook -> event == null || event.equals(event(hook)))
                .forEach(hook -> list.addObject()
                        .put("id", hook.no())
                        .put("app", hook.definition().app())
                        .put("event", event(hook))
                        .put("url", hooks.shown(hook, "url"))
                        .put("active", hook.active() ? 1 : 0));
        return list;
    }

    /** In MAILINGWORK's words where it has any. */
    private static String event(Subscription hook) {
        return hook.definition().events().stream()
                .map(type -> NAMES.getOrDefault(type, type))
                .collect(Collectors.joining(","));
    }

    private JsonNode activate(String tenant, Form form) {
        var hook = hook(tenant, form);
        var replay = form.text("replayEvents");
        if (replay != null && !List.of("0", "1", "true", "false").contains(replay.toLowerCase(Locale.ROOT))) {
            throw new Failed(4, "Invalid replayEvents");
        }
        activation.activate(hook, "1".equals(replay) || "true".equalsIgnoreCase(replay));
        return BooleanNode.TRUE;
    }

    private JsonNode delete(String tenant, Form form) {
        hooks.delete(hook(tenant, form));
        return BooleanNode.TRUE;
    }

    private Subscription hook(String tenant, Form form) {
        var id = required(form, 2, "webhookId", "id");
        return hooks.find(tenant, id, _ -> true).orElseThrow(() -> new Failed(3, "Invalid webhookId"));
    }

    private static ResponseEntity<byte[]> answer(int error, String message, @Nullable JsonNode result) {
        var envelope = Json.object().put("error", error).put("message", message);
        envelope.set("result", result);
        return Answers.ok(envelope);
    }
}

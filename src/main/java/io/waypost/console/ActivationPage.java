package io.waypost.console;

import io.waypost.notice.ActivationLinks;
import io.waypost.notice.ActivationLinks.Checked;
import io.waypost.platform.Durations;
import io.waypost.replay.Activation;
import io.waypost.subscription.Subscription;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/**
 * Where the link in a notice leads: asks for confirmation, since programs that scan mail open links too, and offers to
 * catch up on what came meanwhile.
 */
@RestController
class ActivationPage {

    private static final String POLICY = "style-src 'self'; img-src 'self'; form-action 'self'";

    private final ActivationLinks links;
    private final Activation activation;

    ActivationPage(ActivationLinks links, Activation activation) {
        this.links = links;
        this.activation = activation;
    }

    @GetMapping("/activate/{token}")
    ResponseEntity<String> ask(@PathVariable String token) {
        return switch (links.check(token)) {
            case Checked.Valid(var subscription)
            when subscription.onBackup() -> page(HttpStatus.OK, "Back to its own URL?", returning(subscription));
            case Checked.Valid(var subscription) -> page(HttpStatus.OK, "Switch it on again?", question(subscription));
            case Checked other -> refusal(other);
        };
    }

    @PostMapping("/activate/{token}")
    ResponseEntity<String> confirm(
            @PathVariable String token, @RequestParam(name = "replayEvents", defaultValue = "1") String replayEvents) {
        return switch (links.check(token)) {
            case Checked.Valid(var subscription)
            when subscription.onBackup() -> {
                activation.activate(subscription, false);
                yield page(HttpStatus.OK, "It is back", "<p>Events go to its own URL again.</p>");
            }
            case Checked.Valid(var subscription) -> {
                var replay = replayEvents.equals("1") || replayEvents.equals("true");
                activation.activate(subscription, replay);
                yield page(
                        HttpStatus.OK,
                        "It is active again",
                        replay
                                ? "<p>What came in meanwhile is being sent now, in the order it came in.</p>"
                                : "<p>What came in meanwhile has been discarded. New events are sent from now on.</p>");
            }
            case Checked other -> refusal(other);
        };
    }

    private String question(Subscription subscription) {
        var size = activation.bufferSize(subscription);
        var state = subscription.state();
        return """
                <p>The subscription <b>%s</b> was deactivated, because %s.</p>
                <dl>
                  <dt>Since</dt><dd><time>%s</time></dd>
                  <dt>Last error</dt><dd><code>%s</code></dd>
                  <dt>Stored meanwhile</dt><dd>%d events, kept for %s</dd>
                </dl>
                <form method="post">
                  <label class="choice"><input type="radio" name="replayEvents" value="1" checked> Catch up: send the stored events</label>
                  <label class="choice"><input type="radio" name="replayEvents" value="0"> Start afresh: discard them</label>
                  <button>Activate</button>
                </form>
                """.formatted(
                text(name(subscription)),
                "gone".equals(state.reason()) ? "its receiver refused for good" : "its receiver kept failing",
                state.since(),
                text(error(state)),
                size.count(),
                Durations.format(subscription.definition().replayBuffer().window()));
    }

    private static String returning(Subscription subscription) {
        var state = subscription.state();
        return """
                <p>The subscription <b>%s</b> sends to its backup URL, because its own is dead.</p>
                <dl>
                  <dt>Since</dt><dd><time>%s</time></dd>
                  <dt>Last error</dt><dd><code>%s</code></dd>
                </dl>
                <form method="post"><button>Back to its own URL</button></form>
                """.formatted(text(name(subscription)), state.since(), text(error(state)));
    }

    private static String name(Subscription subscription) {
        var name = subscription.definition().name();
        return name == null || name.isBlank() ? subscription.id() : name;
    }

    private static String error(Subscription.State state) {
        return state.lastError() == null ? "unknown" : state.lastError();
    }

    private static ResponseEntity<String> refusal(Checked checked) {
        return switch (checked) {
            case Checked.Used _ ->
                page(
                        HttpStatus.GONE,
                        "This link has been used",
                        "<p>The subscription has been activated, deactivated again or deleted since. Nothing was changed.</p>");
            case Checked.Expired _ ->
                page(
                        HttpStatus.GONE,
                        "This link has expired",
                        "<p>Activate the subscription through the API instead. Nothing was changed.</p>");
            case Checked.Unknown _, Checked.Valid _ ->
                page(
                        HttpStatus.NOT_FOUND,
                        "This link is not valid",
                        "<p>Was it copied whole? Nothing was changed.</p>");
        };
    }

    private static ResponseEntity<String> page(HttpStatus status, String title, String content) {
        var card = "<section class=\"card narrow\"><h1>%s</h1>%s</section>".formatted(title, content);
        return Frame.html(status, POLICY, Frame.page(title, "../console/", "", "", card));
    }

    private static String text(String raw) {
        return HtmlUtils.htmlEscape(raw);
    }
}

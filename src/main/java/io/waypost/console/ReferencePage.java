package io.waypost.console;

import io.waypost.connector.Message.SuccessTest;
import io.waypost.connector.http.RetryAfter;
import io.waypost.connector.http.client.HttpAnswer;
import io.waypost.event.EventTypes;
import io.waypost.notice.PublicUrl;
import io.waypost.platform.Durations;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.DeliveryProfile;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What a webhook gets and what is made of its answer, for everybody. Its numbers are those that the gateway goes by. */
@RestController
final class ReferencePage {

    static final String NAME = "reference";

    /** Any will do; this one is short. */
    private static final String EXAMPLE = "inventory.updated";

    private final EventTypes types;
    private final ExampleRequest examples;
    private final WaypostProperties settings;
    private final PublicUrl publicUrl;

    ReferencePage(EventTypes types, ExampleRequest examples, WaypostProperties settings, PublicUrl publicUrl) {
        this.types = types;
        this.examples = examples;
        this.settings = settings;
        this.publicUrl = publicUrl;
    }

    @GetMapping("/console/reference")
    ResponseEntity<String> show() {
        return ConsolePages.documentation(HttpStatus.OK, "Webhook reference", "", NAME, content());
    }

    private String content() {
        var usual = DeliveryProfile.STANDARD;
        var request = examples.of(types.shipped(EXAMPLE).orElseThrow());
        return Frame.text("reference.html")
                .replace("{timeout}", Durations.format(usual.timeout()))
                .replace("{most-kib}", Integer.toString(HttpAnswer.MOST_BODY_BYTES / 1024))
                .replace("{attempts}", Integer.toString(usual.schedule().size() + 1))
                .replace("{schedule}", rows(usual.schedule()))
                .replace(
                        "{jitter}", Long.toString(Math.round(settings.delivery().jitter() * 100)))
                .replace("{longest-wish}", Durations.format(RetryAfter.MOST))
                .replace("{failures}", Integer.toString(Deactivation.DEFAULT.afterFailures()))
                .replace("{over}", Durations.format(Deactivation.DEFAULT.over()))
                .replace("{window}", Durations.format(Buffer.DEFAULT.window()))
                .replace("{profiles}", profiles())
                .replace("{secret}", ExampleRequest.SECRET)
                .replace("{gateway}", Html.text(publicUrl.get()))
                .replace("{agent}", Html.text(request.headers().getOrDefault("User-Agent", "")))
                .replace("{head}", Html.wrapped("Headers of the example", Html.head(request)))
                .replace("{body}", Html.wrapped("Body of the example", Html.text(request.body())));
    }

    /** Each attempt, the wait before it, and how long after the first that is. */
    private static String rows(List<Duration> schedule) {
        var rows = new StringBuilder("<tr><td>1</td><td>at once</td><td></td></tr>\n");
        var since = Duration.ZERO;
        for (int i = 0; i < schedule.size(); i++) {
            since = since.plus(schedule.get(i));
            rows.append("<tr><td>%d</td><td>%s</td><td>%s</td></tr>\n"
                    .formatted(i + 2, Durations.format(schedule.get(i)), inWords(since)));
        }
        return rows.toString();
    }

    /** To the minute from an hour on. */
    private static String inWords(Duration span) {
        var hours = span.toHours();
        return Stream.of(
                        hours > 0 ? hours + " h" : "",
                        span.toMinutesPart() > 0 ? span.toMinutesPart() + " min" : "",
                        hours == 0 && span.toSecondsPart() > 0 ? span.toSecondsPart() + " s" : "")
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" "));
    }

    private static String profiles() {
        return Stream.of(DeliveryProfile.values())
                .map(profile -> "<tr><th scope=\"row\"><code>%s</code></th><td>%s</td><td>%s</td><td>%s</td></tr>\n"
                        .formatted(
                                profile.code(),
                                Durations.format(profile.timeout()),
                                waits(profile.schedule()),
                                success(profile.success())))
                .collect(Collectors.joining());
    }

    private static String waits(List<Duration> schedule) {
        if (schedule.isEmpty()) {
            return "none, one attempt";
        }
        return schedule.size() > 1 && new HashSet<>(schedule).size() == 1
                ? "%s, %d times".formatted(Durations.format(schedule.getFirst()), schedule.size())
                : schedule.stream().map(Durations::format).collect(Collectors.joining(", "));
    }

    private static String success(SuccessTest test) {
        return switch (test) {
            case ANY_2XX -> "any 2xx";
            case ONLY_200 -> "exactly 200";
            case STATUS_OK_BODY -> "200, 201, 202 or 204 with the body " + Html.code("{\"status\":\"OK\"}");
        };
    }
}

package io.waypost.notice;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Masking;
import io.waypost.event.NewEvent;
import io.waypost.platform.Json;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Body;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Puts a notice into words, for people and for programs. */
@Component("noticeWriter")
public class NoticeWriter {

    private final SubscriptionStore subscriptions;
    private final Masking masking;
    private final ActivationLinks links;
    private final WaypostProperties.Mail mail;

    NoticeWriter(
            SubscriptionStore subscriptions, Masking masking, ActivationLinks links, WaypostProperties properties) {
        this.subscriptions = subscriptions;
        this.masking = masking;
        this.links = links;
        this.mail = properties.mail();
    }

    /**
     * A notice in words.
     *
     * @param hint what to do, for the log
     * @param events the one event it goes out as
     * @param mailUri the Camel endpoint of the mail server; null if none is set
     */
    public record Written(
            String subject,
            String hint,
            String text,
            List<NewEvent> events,
            String from,
            @Nullable String to,
            @Nullable String mailUri) {}

    public Written write(@Body Notice notice) {
        var subscription = subscriptions.find(notice.subscription());
        var link = links.link(notice.subscriptionId(), notice.at());
        var name = subscription
                .map(s -> s.definition().name())
                .filter(n -> !n.isBlank())
                .map(n -> "\"%s\" (%s)".formatted(n, notice.subscriptionId()))
                .orElse(notice.subscriptionId());
        var place = subscription.map(this::place).orElse("a place that is gone");
        var error = notice.lastError() == null ? "unknown" : notice.lastError();
        var subject = oneLine("Waypost has deactivated the subscription " + name);
        var text = """
                Waypost has deactivated the subscription %s.

                Where it sends:  %s
                Since:           %s
                Last error:      %s

                What comes in meanwhile is kept for %s and can be caught up on.
                To switch it on again, open this page and confirm:

                %s
                """.formatted(name, place, notice.at(), error, window(subscription), link);
        return new Written(
                subject,
                oneLine("It sends to %s; last error: %s. Switch it on again: %s".formatted(place, error, link)),
                text,
                List.of(event(notice, subscription, place, link)),
                mail.from(),
                mail.to(),
                mailUri());
    }

    private String place(Subscription subscription) {
        var shown = masking.mask(
                subscription.definition().connector(), subscription.definition().config());
        var url = shown.path("url").asText("");
        return url.isEmpty() ? "the connector " + subscription.definition().connector() : url;
    }

    private static String window(Optional<Subscription> subscription) {
        var days = subscription
                .map(s -> s.definition().replayBuffer().window())
                .orElse(Subscription.Buffer.DEFAULT.window());
        return io.waypost.platform.Durations.format(days);
    }

    private static NewEvent event(Notice notice, Optional<Subscription> subscription, String place, String link) {
        ObjectNode data = Json.object();
        var webhook = data.putObject("webhook");
        webhook.put("id", notice.subscriptionId());
        webhook.put("url", place);
        subscription.ifPresent(s -> {
            webhook.put("app", s.definition().app());
            webhook.put("name", s.definition().name());
        });
        data.put("since", notice.at().toString());
        data.put("reason", notice.reason());
        data.put("lastError", notice.lastError());
        data.put("activationLink", link);
        Instant at = notice.at();
        // The notice's own id: told again after a crash, it is still one event.
        return new NewEvent(
                notice.tenant(),
                notice.kind(),
                "/waypost",
                notice.id(),
                notice.subscriptionId(),
                at,
                false,
                null,
                Json.write(data),
                false);
    }

    private @Nullable String mailUri() {
        if (mail.host() == null
                || mail.host().isBlank()
                || mail.to() == null
                || mail.to().isBlank()) {
            return null;
        }
        var secure = mail.security().equals("tls");
        var uri = new StringBuilder(secure ? "smtps" : "smtp")
                .append("://")
                .append(mail.host())
                .append(':')
                .append(mail.port())
                .append("?contentType=text/plain;charset%3DUTF-8&connectionTimeout=10000")
                .append("&additionalJavaMailProperties=#noticeMailProperties");
        if (mail.username() != null && !mail.username().isBlank()) {
            // Not in the URI: there a password may not hold everything, and it would be at home in logs.
            uri.append("&authenticator=#noticeMailAuthenticator");
        }
        return uri.toString();
    }

    private static String oneLine(String text) {
        return text.replaceAll("[\\r\\n]+", " ");
    }
}

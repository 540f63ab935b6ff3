package io.waypost.notice;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Masking;
import io.waypost.event.NewEvent;
import io.waypost.platform.Json;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Body;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Puts a notice into words, for people and for programs. */
@Component("noticeWriter")
public class NoticeWriter {

    private static final String ON_BACKUP = "webhook.on_backup";

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
        var told = new Told(notice, name, place, error, link);
        return notice.kind().equals(ON_BACKUP)
                ? onBackup(told, subscription.map(this::backup).orElse("a place that is gone"), subscription)
                : deactivated(told, window(subscription), subscription);
    }

    /** What each notice tells. */
    private record Told(Notice notice, String name, String place, String error, String link) {}

    private Written deactivated(Told told, String window, Optional<Subscription> subscription) {
        var text = """
                Waypost has deactivated the subscription %s.

                Where it sends:  %s
                Since:           %s
                Last error:      %s

                What comes in meanwhile is kept for %s and can be caught up on.
                To switch it on again, open this page and confirm:

                %s
                """.formatted(told.name, told.place, told.notice.at(), told.error, window, told.link);
        return written(
                told.notice,
                "Waypost has deactivated the subscription " + told.name,
                "It sends to %s; last error: %s. Switch it on again: %s".formatted(told.place, told.error, told.link),
                text,
                data(told, subscription));
    }

    private Written onBackup(Told told, String backup, Optional<Subscription> subscription) {
        var text = """
                The subscription %s sends to its backup URL now, because its own is dead.

                Its own URL:     %s
                Its backup URL:  %s
                Since:           %s
                Last error:      %s

                Nothing is lost. When its own URL works again, open this page and confirm:

                %s
                """.formatted(told.name, told.place, backup, told.notice.at(), told.error, told.link);
        return written(
                told.notice,
                "Waypost sends to the backup URL of the subscription " + told.name,
                "Its own, %s, is dead; last error: %s. Back to it: %s".formatted(told.place, told.error, told.link),
                text,
                data(told, subscription).put("backupUrl", backup));
    }

    private Written written(Notice notice, String subject, String hint, String text, ObjectNode data) {
        // The notice's own id: told again after a crash, it is still one event.
        var event = new NewEvent(
                notice.tenant(),
                notice.kind(),
                "/waypost",
                notice.id(),
                notice.subscriptionId(),
                notice.at(),
                false,
                null,
                Json.write(data),
                false);
        return new Written(oneLine(subject), oneLine(hint), text, List.of(event), mail.from(), mail.to(), mailUri());
    }

    private String place(Subscription subscription) {
        var url = shown(subscription, "url");
        return url.isEmpty() ? "the connector " + subscription.definition().connector() : url;
    }

    private String backup(Subscription subscription) {
        var url = shown(subscription, "backupUrl");
        return url.isEmpty() ? "a place that is gone" : url;
    }

    /** A field of its config, credentials masked; empty if there is none. */
    private String shown(Subscription subscription, String field) {
        return masking.mask(
                        subscription.definition().connector(),
                        subscription.definition().config())
                .path(field)
                .asText("");
    }

    private static String window(Optional<Subscription> subscription) {
        var days = subscription
                .map(s -> s.definition().replayBuffer().window())
                .orElse(Subscription.Buffer.DEFAULT.window());
        return io.waypost.platform.Durations.format(days);
    }

    private static ObjectNode data(Told told, Optional<Subscription> subscription) {
        var data = Json.object();
        var webhook = data.putObject("webhook");
        webhook.put("id", told.notice.subscriptionId());
        webhook.put("url", told.place);
        subscription.ifPresent(s -> {
            webhook.put("app", s.definition().app());
            webhook.put("name", s.definition().name());
        });
        return data.put("since", told.notice.at().toString())
                .put("reason", told.notice.reason())
                .put("lastError", told.notice.lastError())
                .put("activationLink", told.link);
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

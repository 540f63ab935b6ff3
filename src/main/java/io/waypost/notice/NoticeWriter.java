package io.waypost.notice;

import io.waypost.delivery.log.Buffers.BufferSize;
import io.waypost.event.NewEvent;
import io.waypost.notice.Notice.Kind;
import io.waypost.platform.Durations;
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

    private final SubscriptionStore subscriptions;
    private final NoticeEvents events;
    private final Places places;
    private final ActivationLinks links;
    private final WaypostProperties.Mail mail;

    NoticeWriter(
            SubscriptionStore subscriptions,
            NoticeEvents events,
            Places places,
            ActivationLinks links,
            WaypostProperties properties) {
        this.subscriptions = subscriptions;
        this.events = events;
        this.places = places;
        this.links = links;
        this.mail = properties.mail();
    }

    /**
     * A notice in words.
     *
     * @param good whether nothing is wrong
     * @param hint what to do, for the log
     * @param text the mail
     * @param events the one event it goes out as
     * @param mailUri the Camel endpoint of the mail server; null if none is set, or no mail is due
     */
    public record Written(
            boolean good,
            String subject,
            String hint,
            String text,
            List<NewEvent> events,
            String from,
            @Nullable String to,
            @Nullable String mailUri) {}

    /** Of anything but a delivery that was given up, which goes out as an event only. */
    public Written write(@Body Notice notice) {
        var subscription = subscriptions.find(notice.subscription());
        var words =
                switch (notice.kind()) {
                    case DEACTIVATED -> deactivated(notice, subscription);
                    case ON_BACKUP -> onBackup(notice, subscription);
                    case REACTIVATED -> reactivated(notice, subscription);
                    case BUFFER_CLOSED -> bufferClosed(notice, subscription);
                    case EXHAUSTED -> throw new IllegalArgumentException("there are no words for " + notice.id());
                };
        var good = notice.kind() == Kind.REACTIVATED;
        return new Written(
                good,
                oneLine(words.subject),
                oneLine(words.hint),
                words.text,
                List.of(events.of(notice, subscription)),
                mail.from(),
                mail.to(),
                good ? null : mailUri());
    }

    private record Words(String subject, String hint, String text) {}

    private Words deactivated(Notice notice, Optional<Subscription> subscription) {
        var name = name(notice, subscription);
        var place = places.own(subscription);
        var link = link(notice);
        return new Words(
                "Waypost has deactivated the subscription " + name,
                "It sends to %s; last error: %s. Switch it on again: %s".formatted(place, error(notice), link),
                """
                Waypost has deactivated the subscription %s.

                Where it sends:  %s
                Since:           %s
                Last error:      %s

                What comes in meanwhile is kept for %s and can be caught up on.
                To switch it on again, open this page and confirm:

                %s
                """.formatted(name, place, notice.at(), error(notice), window(subscription), link));
    }

    private Words onBackup(Notice notice, Optional<Subscription> subscription) {
        var name = name(notice, subscription);
        var place = places.own(subscription);
        var link = link(notice);
        return new Words(
                "Waypost sends to the backup URL of the subscription " + name,
                "Its own, %s, is dead; last error: %s. Back to it: %s".formatted(place, error(notice), link),
                """
                The subscription %s sends to its backup URL now, because its own is dead.

                Its own URL:     %s
                Its backup URL:  %s
                Since:           %s
                Last error:      %s

                Nothing is lost. When its own URL works again, open this page and confirm:

                %s
                """.formatted(name, place, places.backup(subscription), notice.at(), error(notice), link));
    }

    private Words reactivated(Notice notice, Optional<Subscription> subscription) {
        var subject = "The subscription %s gets events again".formatted(name(notice, subscription));
        var hint = "It sends to %s; kept for it: %s".formatted(places.own(subscription), kept(notice));
        return new Words(subject, hint, subject + ". " + hint);
    }

    private Words bufferClosed(Notice notice, Optional<Subscription> subscription) {
        var name = name(notice, subscription);
        var place = places.own(subscription);
        var link = link(notice);
        return new Words(
                "Waypost keeps no more events for the subscription " + name,
                "It sends to %s; kept for it: %s. Switch it on again: %s".formatted(place, kept(notice), link),
                """
                The subscription %s has been deactivated for %s. What comes in for it from now on is only counted.

                Where it sends:  %s
                Deactivated:     %s
                Kept for it:     %s

                What is kept can still be caught up on. To switch it on again, open this page and confirm:

                %s
                """.formatted(name, window(subscription), place, notice.at(), kept(notice), link));
    }

    private static String name(Notice notice, Optional<Subscription> subscription) {
        return subscription
                .map(s -> s.definition().name())
                .filter(n -> !n.isBlank())
                .map(n -> "\"%s\" (%s)".formatted(n, notice.subscriptionId()))
                .orElse(notice.subscriptionId());
    }

    private static String error(Notice notice) {
        return notice.lastError() == null ? "unknown" : notice.lastError();
    }

    private static String kept(Notice notice) {
        BufferSize kept = notice.kept();
        return kept == null ? "unknown" : "%d events; %d came too late".formatted(kept.count(), kept.dropped());
    }

    private String link(Notice notice) {
        return links.link(notice.subscriptionId(), notice.at());
    }

    private static String window(Optional<Subscription> subscription) {
        var days = subscription
                .map(s -> s.definition().replayBuffer().window())
                .orElse(Subscription.Buffer.DEFAULT.window());
        return Durations.format(days);
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

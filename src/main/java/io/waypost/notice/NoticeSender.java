package io.waypost.notice;

import io.waypost.notice.Notice.Kind;
import io.waypost.platform.Invalid;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.platform.due.DueWatch;
import jakarta.mail.PasswordAuthentication;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.mail.MailAuthenticator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Sends the notices that wait through their routes; one that fails is tried again a minute later. */
@Component
class NoticeSender {

    private static final Logger log = LoggerFactory.getLogger(NoticeSender.class);
    private static final int AT_ONCE = 1_000;
    private static final Duration LEASE = Duration.ofMinutes(1);

    private final NoticeStore notices;
    private final Closings closings;
    private final DueWatch due;
    private final CamelContext camel;
    private final ProducerTemplate producer;
    private final Clock clock;
    private final SteadyClock steady;
    private final Duration retention;

    NoticeSender(
            NoticeStore notices,
            Closings closings,
            DueWatch due,
            CamelContext camel,
            ProducerTemplate producer,
            Clock clock,
            WaypostProperties properties) {
        this.notices = notices;
        this.closings = closings;
        this.due = due;
        this.camel = camel;
        this.producer = producer;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.retention = properties.retention();
    }

    /** Tells all that are due. Deliveries that were given up may be many: they wait for everything else. */
    @Scheduled(fixedDelayString = "${waypost.notice.poll:500ms}")
    void send() {
        var more = !due.last().notices().isAfter(clock.instant());
        while (more && camel.getStatus().isStarted()) {
            more = tellChanges() || tellExhausted();
        }
    }

    /** @return whether there may be more */
    private boolean tellChanges() {
        var taken = steady.now();
        var claimed = notices.claim(clock.instant(), LEASE);
        for (var notice : claimed) {
            var now = clock.instant();
            if (!steady.now().isBefore(taken.plus(LEASE))) {
                break; // The mail server took its time: another node may be telling the rest by now.
            }
            try {
                var due = notice.kind() == Kind.BUFFER_CLOSED ? closings.due(notice, now) : Optional.of(notice);
                if (due.isPresent()) {
                    producer.sendBody("direct:notice", due.get());
                    notices.told(notice, clock.instant());
                }
            } catch (RuntimeException e) {
                var cause = NestedExceptionUtils.getMostSpecificCause(e);
                log.warn("Notice {} could not be sent, trying again in {}: {}", notice.id(), LEASE, cause.toString());
            }
        }
        return !claimed.isEmpty();
    }

    /** @return whether there may be more that can be told now */
    private boolean tellExhausted() {
        var claimed = notices.claimExhausted(clock.instant(), LEASE);
        return !claimed.isEmpty()
                && (tellExhausted(claimed) || claimed.stream().allMatch(one -> tellExhausted(List.of(one))));
    }

    /** @return false if they could not be told all together; of a single one, if it can be told later */
    private boolean tellExhausted(List<Notice> some) {
        try {
            producer.sendBody("direct:notice-exhausted", some);
        } catch (RuntimeException e) {
            var cause = NestedExceptionUtils.getMostSpecificCause(e);
            var never = cause instanceof Invalid && some.size() == 1;
            log.warn(
                    "{} deliveries were given up, which {}: {}",
                    some.size(),
                    never ? "their tenant's own schema does not let us tell" : "could not be told",
                    cause.toString());
            if (!never) {
                return false;
            }
        }
        notices.forget(some);
        return true;
    }

    /** What was told long ago needs no row any more. */
    @Scheduled(fixedDelayString = "${waypost.retention-every:10m}")
    void forgetOldOnes() {
        notices.purge(clock.instant().minus(retention), AT_ONCE);
    }

    @Configuration(proxyBeanMethods = false)
    static class Beans {

        /** What the mail endpoint has no option for; Jakarta Mail has no time-outs unless told. */
        @Bean
        Properties noticeMailProperties(WaypostProperties properties) {
            var mail = new Properties();
            mail.setProperty("mail.smtp.timeout", "10000");
            mail.setProperty("mail.smtp.writetimeout", "10000");
            mail.setProperty("mail.smtps.timeout", "10000");
            mail.setProperty("mail.smtps.writetimeout", "10000");
            var starttls = String.valueOf(properties.mail().security().equals("starttls"));
            mail.setProperty("mail.smtp.starttls.enable", starttls);
            mail.setProperty("mail.smtp.starttls.required", starttls);
            return mail;
        }

        @Bean
        MailAuthenticator noticeMailAuthenticator(WaypostProperties properties) {
            var mail = properties.mail();
            return new MailAuthenticator() {
                @Override
                public PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication(mail.username(), mail.password());
                }
            };
        }
    }
}

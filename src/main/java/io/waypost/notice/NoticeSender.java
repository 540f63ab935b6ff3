package io.waypost.notice;

import io.waypost.platform.WaypostProperties;
import jakarta.mail.PasswordAuthentication;
import java.time.Clock;
import java.time.Duration;
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

/** Sends the notices that wait through the {@code notice} route; one that fails is tried again a minute later. */
@Component
class NoticeSender {

    private static final Logger log = LoggerFactory.getLogger(NoticeSender.class);
    private static final int AT_ONCE = 1_000;
    private static final Duration LEASE = Duration.ofMinutes(1);

    private final NoticeStore notices;
    private final CamelContext camel;
    private final ProducerTemplate producer;
    private final Clock clock;
    private final Duration retention;

    NoticeSender(
            NoticeStore notices,
            CamelContext camel,
            ProducerTemplate producer,
            Clock clock,
            WaypostProperties properties) {
        this.notices = notices;
        this.camel = camel;
        this.producer = producer;
        this.clock = clock;
        this.retention = properties.retention();
    }

    @Scheduled(fixedDelayString = "${waypost.notice.poll:500ms}")
    void send() {
        if (!camel.getStatus().isStarted()) {
            return;
        }
        var taken = clock.instant();
        for (var notice : notices.claim(taken, LEASE)) {
            if (!clock.instant().isBefore(taken.plus(LEASE))) {
                return; // The mail server took its time: another node may be telling the rest by now.
            }
            try {
                producer.sendBody("direct:notice", notice);
                notices.told(notice, clock.instant());
            } catch (RuntimeException e) {
                var cause = NestedExceptionUtils.getMostSpecificCause(e);
                log.warn("Notice {} could not be sent, trying again in {}: {}", notice.id(), LEASE, cause.toString());
            }
        }
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

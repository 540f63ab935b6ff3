package io.waypost.subscription;

import io.waypost.connector.Message.SuccessTest;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a known webhook system delivers: its waits, its time limit, what it takes for success. Where a vendor's number is not
 * published, the standard's stands.
 */
public enum DeliveryProfile {
    /** The example schedule of the Standard Webhooks specification 1.0.0. */
    STANDARD("5s,5m,30m,2h,5h,10h,14h,20h,24h", "15s", SuccessTest.ANY_2XX),
    /** MailWizz: one to five hours, 5 s, exactly 200. */
    GEMMAIL("1h,2h,3h,4h,5h", "5s", SuccessTest.ONLY_200),
    /** "Repeatedly"; neither waits nor time limit are published. */
    MAILINGWORK("5s,5m,30m,2h,5h,10h,14h,20h,24h", "15s", SuccessTest.ANY_2XX),
    /** Every 30 s until 24 h after the first failure, exactly 200. */
    MAILJET(Collections.nCopies(2_880, Duration.ofSeconds(30)), Duration.ofSeconds(15), SuccessTest.ONLY_200),
    /** Three more at increasing intervals (unpublished; ours), 5 s, a body of {"status":"OK"}. */
    GETRESPONSE("1m,10m,1h", "5s", SuccessTest.STATUS_OK_BODY),
    /** Made once, within 4 s; "callbacks that are not received are lost". */
    GETRESPONSE_CALLBACK(List.of(), Duration.ofSeconds(4), SuccessTest.ANY_2XX),
    /** Nothing is published of its waits, its time limit or its retries. */
    BENCHMARK("5s,5m,30m,2h,5h,10h,14h,20h,24h", "15s", SuccessTest.ANY_2XX),
    /** Zapier, n8n, Make: the standard's, but a receiver that is gone has unsubscribed. */
    REST_HOOK("5s,5m,30m,2h,5h,10h,14h,20h,24h", "15s", SuccessTest.ANY_2XX);

    private final List<Duration> schedule;
    private final Duration timeout;
    private final SuccessTest success;

    DeliveryProfile(String schedule, String timeout, SuccessTest success) {
        this(
                Stream.of(schedule.split(","))
                        .map(io.waypost.platform.Durations::parse)
                        .toList(),
                io.waypost.platform.Durations.parse(timeout),
                success);
    }

    DeliveryProfile(List<Duration> schedule, Duration timeout, SuccessTest success) {
        this.schedule = schedule;
        this.timeout = timeout;
        this.success = success;
    }

    public List<Duration> schedule() {
        return schedule;
    }

    public Duration timeout() {
        return timeout;
    }

    public SuccessTest success() {
        return success;
    }

    /** Whether a subscription is deleted, and not only switched off, when its receiver answers that it is gone (410). */
    public boolean endsWhenGone() {
        return this == REST_HOOK;
    }

    /** As the API writes it. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<DeliveryProfile> of(String code) {
        return Stream.of(values()).filter(p -> p.code().equals(code)).findFirst();
    }
}

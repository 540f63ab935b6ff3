package io.waypost.platform.clock;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.waypost.platform.Texts;
import io.waypost.platform.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Keeps the clock at the time that all nodes share: the database's, or the host's where it is embedded. Leases and due dates
 * that other nodes read go by that, however wrong their hosts' clocks are.
 *
 * <p>A small difference is made up for little by little. A step is told, and what waits keeps the length of its wait: in memory
 * because {@link SteadyClock} does not step, in the database because the dates are moved by as much. A node that has not noticed
 * the step yet must not take what others hold for overdue meanwhile. So after a step back the dates are moved when all have
 * looked, and after one ahead they are moved at once: whose clock is late finds nothing due for a moment.
 */
@Component
final class ClockWatch implements HostOffset, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ClockWatch.class);

    /** A step is a difference of that much; less is made up for. */
    static final Duration STEP = Duration.ofSeconds(5);

    /** From here on the difference between this host's clock and the database's is told. */
    static final Duration TOLD = Duration.ofSeconds(2);

    private static final Duration PACE = Duration.ofSeconds(2);

    /** What can be made up for at once, ahead. Back it is little, as if the clock went a hundredth slower. */
    private static final Duration AHEAD = Duration.ofMillis(100);

    private static final Duration BACK = Duration.ofMillis(20);

    /** An answer that took longer does not tell the time. */
    private static final Duration PROMPT = Duration.ofMillis(500);

    /** So often the time is left in an embedded database, whose next start sees from it whether the clock has gone back. */
    private static final Duration LEFT_EVERY = Duration.ofSeconds(10);

    private final GatewayClock clock;
    private final HostClock host;
    private final SharedTime shared;
    private volatile Duration hostAhead = Duration.ZERO;
    private Duration steppedBack = Duration.ZERO;
    private @Nullable Instant backSince;
    private Instant left = Instant.MIN;
    private boolean told;
    private volatile boolean running;
    private CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Worker worker;

    /** @param nanos the host's when it was that late */
    private record Reading(Instant time, long nanos, boolean ofDatabase) {}

    ClockWatch(GatewayClock clock, SharedTime shared, MeterRegistry registry) {
        this.clock = clock;
        this.host = clock.host();
        this.shared = shared;
        Gauge.builder("waypost.clock.offset", this, watch -> watch.hostAhead.toNanos() / 1e9)
                .description("How far this host's clock is ahead of the database's, by which the gateway goes")
                .baseUnit("seconds")
                .register(registry);
    }

    @Override
    public Duration hostAhead() {
        return hostAhead;
    }

    /** Compares the clock with the time that all share. */
    void look() {
        var reading = read();
        if (reading == null) {
            return;
        }
        var behind = Duration.between(clock.at(reading.nanos), reading.time);
        if (behind.abs().compareTo(STEP) < 0) {
            clock.move(limited(behind));
        } else if (behind.isPositive()) {
            log.warn("The clock stepped ahead by {}, to {}", behind, reading.time);
            shared.wentAhead(reading.time, behind).ifPresent(ClockWatch::tellMoved);
            clock.move(behind);
        } else {
            log.warn("The clock stepped back by {}, to {}", behind.negated(), reading.time);
            steppedBack = steppedBack.minus(behind);
            if (!reading.ofDatabase) {
                // What was left may be older than the step is long.
                shared.saw(clock.at(reading.nanos));
            }
            clock.move(behind);
        }
        compareHost(reading);
        settle(reading);
    }

    private static Duration limited(Duration difference) {
        if (difference.compareTo(AHEAD) > 0) {
            return AHEAD;
        }
        return difference.compareTo(BACK.negated()) < 0 ? BACK.negated() : difference;
    }

    private static void tellMoved(int waits) {
        log.info("What waits was moved with the clock, so that it waits no longer and no less: {}", waits);
    }

    private @Nullable Reading read() {
        var before = host.nanos().getAsLong();
        var time = shared.now();
        var after = host.nanos().getAsLong();
        if (after - before > PROMPT.toNanos()) {
            return null;
        }
        return time.isPresent()
                ? new Reading(time.get(), before + (after - before) / 2, true)
                : new Reading(host.time().instant(), after, false);
    }

    private void compareHost(Reading reading) {
        if (!reading.ofDatabase) {
            return;
        }
        var since = Duration.ofNanos(host.nanos().getAsLong() - reading.nanos);
        hostAhead = Duration.between(reading.time.plus(since), host.time().instant());
        if (!told && hostAhead.abs().compareTo(TOLD) > 0) {
            told = true;
            log.warn(
                    "This host's clock is {} s {} the database's, by which the gateway goes; set one of them right",
                    hostAhead.abs().toSeconds(),
                    hostAhead.isNegative() ? "behind" : "ahead of");
        } else if (told && hostAhead.abs().compareTo(TOLD.dividedBy(2)) < 0) {
            told = false;
            log.info("This host's clock agrees with the database's again");
        }
    }

    /** Sees to what was stored by a clock that was ahead, and leaves word of how late it is. */
    private void settle(Reading reading) {
        var now = reading.time;
        var seen = shared.seen();
        if (!seen.isAfter(now.plus(STEP))) {
            backSince = null;
            steppedBack = Duration.ZERO;
            leave(reading);
            return;
        }
        var steady = clock.steady();
        if (backSince == null) {
            backSince = steady;
        }
        if (reading.ofDatabase && Duration.between(backSince, steady).compareTo(PACE.multipliedBy(2)) < 0) {
            return; // The other nodes have not all looked yet.
        }
        var by = steppedBack;
        if (by.isZero()) {
            by = Duration.between(now, seen);
            log.warn("The clock has gone back by at least {} since the gateway ran last, to {}", by, now);
        }
        shared.wentBack(now, by, STEP).ifPresent(ClockWatch::tellMoved);
        backSince = null;
        steppedBack = Duration.ZERO;
        left = now;
    }

    private void leave(Reading reading) {
        var now = reading.time;
        if (left.isAfter(now)
                || !left.plus(reading.ofDatabase ? PACE : LEFT_EVERY).isAfter(now)) {
            shared.saw(now);
            left = now;
        }
    }

    private void round() throws InterruptedException {
        if (!ended.await(PACE.toNanos(), TimeUnit.NANOSECONDS)) {
            look();
        }
    }

    /** That the database cannot be asked is told elsewhere; the clock goes on as it went. */
    private static void failed(Throwable e) {
        log.debug("The time could not be compared: {}", Texts.cause(e), e);
    }

    /** Returns when the clock goes by the time that all share. */
    @Override
    public void start() {
        ended = new CountDownLatch(1);
        var reading = read();
        if (reading != null) {
            clock.move(Duration.between(clock.at(reading.nanos), reading.time));
            compareHost(reading);
            settle(reading);
        }
        running = true;
        worker = Worker.repeat("clock", this::isRunning, this::round, PACE, ClockWatch::failed);
    }

    @Override
    public void stop() {
        running = false;
        ended.countDown();
        var started = worker;
        if (started != null) {
            started.awaitEnd(PACE);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Starts before whatever reads the clock to work by it, and stops after it. */
    @Override
    public int getPhase() {
        return -20;
    }
}

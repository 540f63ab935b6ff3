package io.waypost.platform.clock;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** The time that all nodes share, and what is stored with times to come. A port. */
public interface SharedTime {

    /**
     * The database's time.
     *
     * @return empty if it is embedded and has none but the host's
     * @throws org.springframework.dao.DataAccessException if it cannot be asked now
     */
    Optional<Instant> now();

    /** The latest time that any node has {@linkplain #saw seen}. */
    Instant seen();

    /** It is that late; changes nothing if it has been later. */
    void saw(Instant now);

    /**
     * The clock went back by so much: what is to come comes so much earlier, by its dates, and so keeps the length of its wait.
     * Nothing is changed unless something later than {@code now} and {@code tolerance} has been seen: another node has seen to
     * it then.
     *
     * @param by positive
     * @return how many waits were moved; empty if another node has done it
     */
    OptionalInt wentBack(Instant now, Duration by, Duration tolerance);

    /**
     * The clock stepped ahead: the same the other way round. Nothing is changed if a node has seen a time after the step.
     *
     * @param now after the step
     * @param by positive
     * @return how many waits were moved; empty if another node has done it
     */
    OptionalInt wentAhead(Instant now, Duration by);
}

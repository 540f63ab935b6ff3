package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Jsonata.EntryCallback;
import com.dashjoin.jsonata.Jsonata.ExitCallback;
import com.dashjoin.jsonata.Jsonata.Frame;
import com.dashjoin.jsonata.Parser.Symbol;
import io.waypost.connector.Expressions;
import io.waypost.platform.DutyCycle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one evaluation may use. Asked before and after each step of the evaluator and around each built-in function, so that
 * whatever grows is seen before anything is done with it. The library's own time box stops neither what follows the first
 * item of an array nor what happens within one step.
 */
final class Bounds implements EntryCallback, ExitCallback {

    /** The bounds of the evaluation this thread is in. */
    static final ScopedValue<Bounds> CURRENT = ScopedValue.newInstance();

    /** The most a text or a value may weigh: twice the largest event, counted in characters of JSON. */
    static final int MAX_WEIGHT = 2 * 1024 * 1024;

    static final int MAX_ITEMS = 100_000;

    /** A machine with too much to do may stop us for longer than that. Who has hardly worked yet is not to blame. */
    private static final int LITTLE_WORK = 2_000;

    private static final long MAX_NANOS_FOR_LITTLE = 1_000_000_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int MAX_DEPTH = 400;
    private static final int MAX_NESTING = 200;
    private static final int MAX_LISTS_IN_LIST = 10_000;
    private static final long MAX_YIELD = 32L * 1024 * 1024;

    /** Groups over {@code @$x}, {@code #$i} and {@code %} cost the square of what flows through them. */
    private static final long MAX_YIELD_OF_TUPLES = 2L * 1024 * 1024;

    private static final int MAX_STEPS_OF_TUPLES = 20_000;

    /** @param depth how deep values are nested in it */
    private record Weight(long characters, int depth) {

        static final Weight SCALAR = new Weight(8, 0);
    }

    private final Instant now;
    private final boolean tuples;
    private final Duration most;
    private final DutyCycle pace = DutyCycle.current();
    private final long start = System.nanoTime();
    private final long startOnProcessor = onProcessor();
    private final IdentityHashMap<Object, Weight> known = new IdentityHashMap<>();
    private boolean changing;
    private long yielded;
    private int steps;
    private int work;
    private int depth;
    private boolean outOfTime;
    private @Nullable String reason;

    /**
     * @param tuples whether the expression may bind positions or parents
     * @param most how long it may take
     */
    Bounds(Instant now, boolean tuples, Duration most) {
        this.now = now;
        this.tuples = tuples;
        this.most = most;
    }

    Instant now() {
        return now;
    }

    /** Why the evaluation was ended; null if it was not. */
    @Nullable
    String reason() {
        return reason;
    }

    /** Whether it was ended because its time was over. */
    boolean outOfTime() {
        return outOfTime;
    }

    @Override
    public void callback(Symbol step, @Nullable Object input, Frame environment) {
        if (++depth > MAX_DEPTH) {
            throw over("goes deeper than %d levels; is there an end to its recursion?".formatted(MAX_DEPTH));
        }
        if (tuples && ++steps > MAX_STEPS_OF_TUPLES) {
            throw over("takes more than %d steps with bound positions or parents".formatted(MAX_STEPS_OF_TUPLES));
        }
        tick();
        if (Steps.prepare(step)) {
            // The transform operator changes values in place, so no weight can be trusted from here on.
            changing = true;
        }
    }

    @Override
    public void callback(Symbol step, @Nullable Object input, Frame environment, @Nullable Object result) {
        depth--;
        took(result);
    }

    /** Ends the evaluation if its time is over. */
    void tick() {
        pace.step();
        var allowed = most.toNanos();
        if (++work <= LITTLE_WORK && most.equals(Expressions.LONGEST)) {
            allowed = MAX_NANOS_FOR_LITTLE;
        }
        if (System.nanoTime() - start > allowed && spent() > allowed) {
            outOfTime = true;
            throw over("takes longer than %d ms".formatted(most.toMillis()));
        }
    }

    /** Not counting what others had the processor for, as far as that is known. */
    private long spent() {
        return startOnProcessor < 0 ? Long.MAX_VALUE : onProcessor() - startOnProcessor;
    }

    /** What this thread has had of a processor, in nanoseconds; negative if that is not known, as of a virtual thread. */
    private static long onProcessor() {
        return Thread.currentThread().isVirtual() ? -1 : THREADS.getCurrentThreadCpuTime();
    }

    /** Takes note of a value that a step or a function gave. */
    void took(@Nullable Object value) {
        if (value instanceof String text) {
            spend(checked(text.length()));
        } else if (value instanceof List<?> list) {
            spend(weigh(list, 0).characters);
        } else if (value instanceof Map<?, ?> map) {
            weigh(map, 0);
        }
    }

    /** Ends the evaluation if a text of that length is too long. */
    int checked(long length) {
        if (length > MAX_WEIGHT) {
            throw over("makes a value of more than %d characters".formatted(MAX_WEIGHT));
        }
        return (int) length;
    }

    /** Ends the evaluation if a list of that many items is too long. */
    int checkedItems(long items) {
        if (items > MAX_ITEMS) {
            throw over("makes a list of more than %d items".formatted(MAX_ITEMS));
        }
        return (int) items;
    }

    /** About how many characters of JSON the value takes; escapes may make it six times as many. */
    long weight(@Nullable Object value) {
        return weigh(value, 0).characters;
    }

    /** What the value would take when written with line breaks and indents, at the most. */
    long indented(@Nullable Object value) {
        var weight = weigh(value, 0);
        return weight.characters * (1 + 2L * weight.depth);
    }

    Overstepped over(String what) {
        reason = "The expression " + what;
        return new Overstepped(reason);
    }

    private void spend(long characters) {
        yielded += characters;
        if (yielded > (tuples ? MAX_YIELD_OF_TUPLES : MAX_YIELD)) {
            throw over("moves too much data in all");
        }
    }

    private Weight weigh(@Nullable Object value, int nesting) {
        if (value instanceof String text) {
            return new Weight(text.length() + 3L, 0);
        }
        if (!(value instanceof List) && !(value instanceof Map)) {
            return switch (value) {
                case BigInteger number -> new Weight(number.bitLength() / 3 + 8L, 0);
                case BigDecimal number -> new Weight(number.precision() + 16L, 0);
                case null, default -> Weight.SCALAR;
            };
        }
        var weight = changing ? null : known.get(value);
        if (weight == null) {
            if (nesting > MAX_NESTING) {
                throw over("nests values deeper than %d levels".formatted(MAX_NESTING));
            }
            tick();
            weight = value instanceof Map<?, ?> map ? weighMap(map, nesting) : weighList((List<?>) value, nesting);
            checked(weight.characters);
            if (weight.depth > MAX_NESTING) {
                throw over("nests values deeper than %d levels".formatted(MAX_NESTING));
            }
            known.put(value, weight);
        }
        return weight;
    }

    private Weight weighMap(Map<?, ?> map, int nesting) {
        long characters = 2;
        int deepest = 0;
        int lists = 0;
        for (var entry : map.entrySet()) {
            var weight = weigh(entry.getValue(), nesting + 1);
            lists = checkedLists(entry.getValue(), lists);
            deepest = Math.max(deepest, weight.depth);
            characters += weight.characters + String.valueOf(entry.getKey()).length() + 3L;
            checked(characters);
        }
        return new Weight(characters, deepest + 1);
    }

    private Weight weighList(List<?> list, int nesting) {
        checkedItems(list.size());
        long characters = 2;
        int deepest = 0;
        int lists = 0;
        for (var item : list) {
            var weight = weigh(item, nesting + 1);
            lists = checkedLists(item, lists);
            deepest = Math.max(deepest, weight.depth);
            characters += weight.characters + 1;
            checked(characters);
        }
        return new Weight(characters, deepest + 1);
    }

    /** The wildcard {@code *} copies all it has for each list it meets. */
    private int checkedLists(@Nullable Object item, int lists) {
        if (!(item instanceof List)) {
            return lists;
        }
        if (lists >= MAX_LISTS_IN_LIST) {
            throw over("meets a value that holds more than %d lists".formatted(MAX_LISTS_IN_LIST));
        }
        return lists + 1;
    }
}

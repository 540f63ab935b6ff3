package io.waypost.bench;

import java.util.Arrays;

/** How long events took from their publisher to their receiver, both in this JVM. */
final class Latencies {

    static final Latencies NONE = new Latencies(0);

    /** The field of an event's data that says when it was sent, by {@link System#nanoTime}. */
    static final String SENT = "\"sent\":";

    private final long[] nanos;
    private int count;

    /** @param most so many are kept, the first ones */
    Latencies(int most) {
        nanos = new long[most];
    }

    synchronized void record(byte[] bytes, int from, int to) {
        if (count < nanos.length) {
            var sent = Numbers.after(bytes, from, to, SENT);
            if (sent != 0) {
                nanos[count++] = System.nanoTime() - sent;
            }
        }
    }

    synchronized void record(long time) {
        nanos[count++] = time;
    }

    synchronized int count() {
        return count;
    }

    /** @param part 0 to 1 */
    synchronized double millis(double part) {
        var sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        return count == 0 ? Double.NaN : sorted[(int) Math.min(count - 1, Math.ceil(part * count))] / 1e6;
    }
}

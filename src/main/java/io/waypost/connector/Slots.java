package io.waypost.connector;

import java.util.HashMap;
import java.util.Map;

/**
 * A fixed number of slots that nobody can have all of: who holds as many as are free gets no more. One alone has half of
 * them, two have a third each, and so on; for one more there is always something left.
 */
public final class Slots {

    private final Map<String, Integer> held = new HashMap<>();
    private int free;

    /** @param all how many there are, at least 1 */
    public Slots(int all) {
        this.free = all;
    }

    /** Takes one, if there is one for this holder now. */
    public synchronized boolean tryTake(String holder) {
        var mine = held.getOrDefault(holder, 0);
        if (mine >= free) {
            return false;
        }
        free--;
        held.put(holder, mine + 1);
        return true;
    }

    /**
     * Takes one, waiting for it if need be.
     *
     * @param nanos how long to wait at the most
     * @return whether there was one in that time
     */
    public synchronized boolean take(String holder, long nanos) throws InterruptedException {
        var end = System.nanoTime() + nanos;
        while (!tryTake(holder)) {
            var left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            // Rounded up: a wait of 0 would last for ever.
            wait(left / 1_000_000 + 1);
        }
        return true;
    }

    /** Gives back one that this holder took. */
    public synchronized void giveBack(String holder) {
        free++;
        held.merge(holder, -1, (before, less) -> before + less == 0 ? null : before + less);
        notifyAll();
    }
}

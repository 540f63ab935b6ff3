package io.waypost.api.http;

import io.waypost.platform.FairLimit;
import io.waypost.platform.Refused;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/** So many requests, so many bytes of small bodies, and so many large bodies at once; half of each for one tenant. */
final class Room {

    /**
     * Bodies above this are counted one by one, so that they neither crowd out small ones nor fill the memory when read. It
     * is one byte more than most may have: by that byte a body that is too large is told.
     */
    private static final int LARGE = Bodies.MOST + 1;

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration PATIENCE_OF_LARGE = Duration.ofSeconds(10);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final FairLimit requests;
    private final FairLimit bytes;
    private final FairLimit large;
    private final Semaphore over = new Semaphore(1);

    /** @param large bodies of up to 16 MiB */
    Room(int requests, long bytes, int large) {
        this.requests = new FairLimit(requests);
        this.bytes = new FairLimit(bytes);
        this.large = new FairLimit(large);
    }

    /**
     * Lets a request in.
     *
     * @param owner whose it is: a tenant, or what else is told apart; empty while nobody knows
     * @throws Refused (overloaded)
     */
    Share enter(String owner, Duration patience) {
        require(take(requests, owner, 1, patience));
        return new Share(owner);
    }

    private static boolean take(FairLimit limit, String owner, long amount, Duration patience) {
        try {
            return limit.take(owner, amount, patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Refused.overloaded("Shutting down", RETRY_AFTER, e);
        }
    }

    private static void require(boolean taken) {
        if (!taken) {
            throw Refused.overloaded("More requests at once than can be taken, of this tenant or of all", RETRY_AFTER);
        }
    }

    /** What one request has of the room; used by its own thread only. */
    final class Share implements AutoCloseable {

        private String owner;
        private long held;
        private boolean isLarge;
        private boolean isOver;

        private Share(String owner) {
            this.owner = owner;
        }

        /**
         * Counts the request against the share of whoever has turned out to have made it. To be called before a byte is
         * reserved.
         *
         * @throws Refused (overloaded) if there are too many of that owner
         */
        void belongsTo(String other) {
            if (!owner.equals(other)) {
                require(requests.hand(owner, other, 1));
                owner = other;
            }
        }

        /**
         * Makes sure that so much of the body may be held in memory; waits for it if need be.
         *
         * @param size of what is held, with what was reserved before
         * @throws Refused (overloaded) if there is no room
         */
        void reserve(int size) {
            if (size > LARGE) {
                if (!isLarge) {
                    require(take(large, owner, 1, PATIENCE_OF_LARGE));
                    isLarge = true;
                }
                return;
            }
            var more = size - held;
            if (more <= 0) {
                return;
            }
            if (!take(bytes, owner, more, Duration.ZERO)) {
                if (goesOver()) {
                    bytes.force(owner, more);
                } else {
                    require(take(bytes, owner, more, PATIENCE));
                }
            }
            held = size;
        }

        /** Of those who have some and want more one gets it all the same, or all would wait for each other. */
        private boolean goesOver() {
            isOver = isOver || (held > 0 && over.tryAcquire());
            return isOver;
        }

        @Override
        public void close() {
            if (held > 0) {
                bytes.give(owner, held);
            }
            if (isLarge) {
                large.give(owner, 1);
            }
            if (isOver) {
                over.release();
            }
            requests.give(owner, 1);
        }
    }
}

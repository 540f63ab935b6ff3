package io.waypost.route.resource;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does what a flow has to do with the gateway's database where nobody interrupts it. The threads of flows are interrupted,
 * when an attempt's time is up or a route is stopped; H2 closes its file for everybody when that meets a thread that is
 * reading or writing it.
 */
public final class Undisturbed {

    private Undisturbed() {}

    /** Waits for the work to its end; an interruption stays with the caller. Throws what the work throws. */
    public static <T extends @Nullable Object> T call(Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(
                            work, task -> Thread.ofVirtual().name("undisturbed").start(task))
                    .join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    /** As {@link #call}, for work that answers nothing. */
    public static void run(Runnable work) {
        Undisturbed.<@Nullable Object>call(() -> {
            work.run();
            return null;
        });
    }
}

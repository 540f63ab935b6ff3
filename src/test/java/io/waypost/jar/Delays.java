package io.waypost.jar;

/** Slowness of receivers. */
final class Delays {

    private Delays() {}

    static void of(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

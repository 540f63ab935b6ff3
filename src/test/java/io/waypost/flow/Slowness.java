package io.waypost.flow;

/** Of receivers. */
final class Slowness {

    private Slowness() {}

    static void of(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

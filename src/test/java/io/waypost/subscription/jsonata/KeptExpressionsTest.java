package io.waypost.subscription.jsonata;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Json;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Whatever is evaluated or tried out, what stays of it in memory is bounded. */
@Isolated("it measures the heap")
class KeptExpressionsTest {

    private static final long MIB = 1024 * 1024;

    private final Sandbox sandbox = new Sandbox(Clock.systemUTC());

    @Test
    void thirtyLongExpressionsKeepNoMoreThanTheirCacheMay() {
        var before = used();
        for (int i = 0; i < 30; i++) {
            sandbox.evaluate(expression(i), Json.object(), Map.of());
        }
        assertThat(used() - before).isLessThan(64 * MIB);
        assertThat(sandbox).isNotNull();
    }

    @Test
    void draftsAreNotKept() {
        var before = used();
        for (int i = 0; i < 10; i++) {
            sandbox.check(expression(i));
        }
        assertThat(used() - before).isLessThan(8 * MIB);
        assertThat(sandbox).isNotNull();
    }

    /** 16 KiB that cost little to evaluate. */
    private static String expression(int number) {
        var text = new StringBuilder("false ? [" + number);
        while (text.length() < Sandbox.MAX_LENGTH - 10) {
            text.append(",1");
        }
        return text.append("] : 1").toString();
    }

    private static long used() {
        var runtime = Runtime.getRuntime();
        for (int i = 0; i < 2; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}

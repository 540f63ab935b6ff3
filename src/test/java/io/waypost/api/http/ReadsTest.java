package io.waypost.api.http;

import static io.waypost.tenancy.Scope.PUBLISH;
import static io.waypost.tenancy.Scope.READ;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.api.TestApi;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class ReadsTest extends TestApi {

    @Test
    void whoeverReadsVeryMuchKeepsNobodyElseFromReadingOrPublishing() throws Exception {
        var slow = key("slow", READ, PUBLISH);
        var other = key("other", READ, PUBLISH);
        var listing = new CountDownLatch(2);
        var goOn = new CountDownLatch(1);
        parts.onList = () -> {
            listing.countDown();
            waitFor(goOn);
        };
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 2; i++) {
                clients.submit(() -> get("/v1/events", slow));
            }
            listing.await();
            parts.onList = () -> {};

            var third = get("/v1/events", slow).isProblem(503);
            assertThat(third.header("Retry-After")).isEqualTo("1");
            assertThat(third.json().path("detail").textValue()).contains("read at once");
            assertThat(get("/v1/events", other).status()).isEqualTo(200);
            for (var key : new String[] {slow, other}) {
                assertThat(post("/v1/events", key, "{\"type\":\"a\"}").status()).isEqualTo(202);
            }
            goOn.countDown();
        }
        assertThat(get("/v1/events", slow).status()).isEqualTo(200);
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

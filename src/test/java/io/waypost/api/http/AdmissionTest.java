package io.waypost.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.Refused;
import io.waypost.platform.storage.StorageWatch;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.StaticApplicationContext;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class AdmissionTest {

    private final Availability availability = new Availability(Duration.ofSeconds(1));
    private final StorageWatch storage = new StorageWatch(null, Clock.systemUTC());
    private final Admission admission = new Admission(availability, storage);

    @Test
    void whileThePortIsStillOpenPublishersAreToldOfTheEnd() throws Exception {
        availability.closing(new ContextClosedEvent(new StaticApplicationContext()));

        var refused = answer("POST", "/v1/events");

        assertThat(refused.getStatus()).isEqualTo(503);
        assertThat(refused.getHeader("Retry-After")).isEqualTo("5");
        assertThat(refused.getHeader("Connection")).isEqualTo("close");
        assertThat(answer("GET", "/v1/events").getStatus()).isEqualTo(200);
    }

    @Test
    void vendorsMayNeverSendAgainAndAreLetInUntilThePortCloses() throws Exception {
        availability.closing(new ContextClosedEvent(new StaticApplicationContext()));

        for (var method : List.of("POST", "GET")) {
            var taken = answer(method, "/in/getresponse-callback/token");

            assertThat(taken.getStatus()).isEqualTo(200);
            assertThat(taken.getHeader("Connection")).isEqualTo("close");
        }
    }

    @Test
    void vendorsWithoutAKeyDoNotShutPublishersOut() throws Exception {
        var inside = new AtomicInteger();
        var publisher = new MockHttpServletResponse();

        enter("/in/mailjet/token", new MockHttpServletResponse(), (_, _) -> crowd(inside, publisher));

        assertThat(inside).hasValue(500);
        assertThat(publisher.getStatus()).isEqualTo(200);
    }

    /** Goes in again and again from within, until nobody is let in any more. */
    private void crowd(AtomicInteger inside, MockHttpServletResponse publisher) throws IOException, ServletException {
        inside.incrementAndGet();
        var next = new MockHttpServletResponse();
        enter("/in/mailjet/token", next, (_, _) -> crowd(inside, publisher));
        if (next.getStatus() == 503) {
            enter("/v1/events", publisher, (_, response) -> response.flushBuffer());
        }
    }

    private void enter(String path, MockHttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        var request = new MockHttpServletRequest("POST", path);
        request.setServletPath(path);
        admission.doFilter(request, response, chain);
    }

    @Test
    void theRestIsStoppedOnlyAfterThat() {
        var stopped = new AtomicBoolean();
        availability.start();

        availability.stop(() -> stopped.set(true));

        assertThatThrownBy(availability::verify).isInstanceOf(Refused.class);
        assertThat(stopped).isFalse();
        Awaitility.await().untilTrue(stopped);
    }

    private MockHttpServletResponse answer(String method, String path) throws Exception {
        return answer(admission, method, path);
    }

    private static MockHttpServletResponse answer(Admission admission, String method, String path) throws Exception {
        var request = new MockHttpServletRequest(method, path);
        request.setServletPath(path);
        var response = new MockHttpServletResponse();
        admission.doFilter(request, response, new MockFilterChain());
        return response;
    }
}

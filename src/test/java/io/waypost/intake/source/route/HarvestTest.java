package io.waypost.intake.source.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.event.NewEvent;
import io.waypost.intake.source.Rejected;
import io.waypost.intake.source.Rejections;
import io.waypost.intake.source.Source;
import io.waypost.intake.source.SourceStore;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class HarvestTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private final List<String> kept = new ArrayList<>();
    private final SourceStore store = (SourceStore) Proxy.newProxyInstance(
            SourceStore.class.getClassLoader(), new Class<?>[] {SourceStore.class}, (_, method, arguments) -> {
                if (method.getName().equals("reject")) {
                    kept.add(((Rejected) arguments[0]).body());
                }
                return null;
            });
    private final Harvest harvest =
            new Harvest(new Rejections(store, new SettableClock("2026-03-01T12:00:00Z"), TestProperties.of(Map.of())));

    @Test
    void ofAPostWithThousandsOfSpoiltItemsOnlySoManyAreSetAsideAsAreKept() throws Exception {
        var source = new Source("src_1", "acme", "door", null, "token", Json.object(), NOON);
        try (var camel = new DefaultCamelContext()) {
            Exchange whole = null;
            for (int i = 0; i < 1_000; i++) {
                var item = new DefaultExchange(camel);
                item.getMessage().setBody(String.valueOf(i));
                item.setException(Refused.malformed("It does not say what happened"));
                whole = harvest.aggregate(whole, item);
            }
            var good = new DefaultExchange(camel);
            good.getMessage()
                    .setBody(List.of(
                            new NewEvent("acme", "order.created", "/", null, null, NOON, false, null, "{}", false)));
            whole = harvest.aggregate(whole, good);

            assertThat(harvest.events(whole.getMessage().getBody(), source)).hasSize(1);
        }

        assertThat(kept)
                .containsExactlyElementsOf(IntStream.range(1_000 - Rejected.MOST, 1_000)
                        .mapToObj(String::valueOf)
                        .toList());
    }
}

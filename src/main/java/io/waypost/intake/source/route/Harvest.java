package io.waypost.intake.source.route;

import io.waypost.connector.ExpressionFailed;
import io.waypost.event.NewEvent;
import io.waypost.intake.source.Rejected;
import io.waypost.intake.source.Rejections;
import io.waypost.intake.source.Source;
import io.waypost.platform.Refused;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Variable;
import org.apache.camel.support.DefaultExchange;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Gathers the events of all items of one post. An item that makes none is set aside as rejected and the rest goes on; only
 * a post in which nothing was good is refused, because the vendor would send all of it again.
 */
@Component("harvest")
public class Harvest implements AggregationStrategy {

    private final Rejections rejections;

    Harvest(Rejections rejections) {
        this.rejections = rejections;
    }

    /** What became of the items so far. */
    private record Gathered(List<NewEvent> events, List<Spoilt> spoilt, List<RuntimeException> failures) {}

    private record Spoilt(String body, RuntimeException cause) {}

    @Override
    public Exchange aggregate(@Nullable Exchange before, Exchange item) {
        var whole = before;
        if (whole == null) {
            whole = new DefaultExchange(item.getContext());
            whole.getMessage().setBody(new Gathered(new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
        }
        var gathered = whole.getMessage().getBody(Gathered.class);
        switch (item.getException()) {
            case null -> gathered.events.addAll(made(item));
            case ExpressionFailed e -> gathered.spoilt.add(spoilt(item, e));
            case Refused e -> gathered.spoilt.add(spoilt(item, e));
            case Exception e -> gathered.failures.add(new IllegalStateException("an item could not be read", e));
        }
        return whole;
    }

    /**
     * The events, once what is spoilt is set aside.
     *
     * @throws Refused (malformed) if all of it is
     */
    public List<NewEvent> events(@Body Object body, @Variable("source") Source source) {
        var gathered = (Gathered) body;
        if (!gathered.failures.isEmpty()) {
            throw gathered.failures.getFirst();
        }
        if (gathered.events.isEmpty() && !gathered.spoilt.isEmpty()) {
            throw gathered.spoilt.getFirst().cause;
        }
        gathered.spoilt.stream()
                // Those before would not be kept in the end.
                .skip(Math.max(0, gathered.spoilt.size() - Rejected.MOST))
                .forEach(one -> rejections.add(source, Rejections.reason(one.cause), one.body));
        return gathered.events;
    }

    @SuppressWarnings("unchecked")
    private static List<NewEvent> made(Exchange item) {
        return item.getMessage().getBody(List.class);
    }

    private static Spoilt spoilt(Exchange item, RuntimeException cause) {
        return new Spoilt(String.valueOf(item.getMessage().getBody()), cause);
    }
}

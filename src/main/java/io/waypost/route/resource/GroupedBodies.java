package io.waypost.route.resource;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * Gathers bodies into a list that is the body. Camel's own keeps it in a property until the group is complete, and the
 * repository in the database keeps no properties.
 */
public final class GroupedBodies implements AggregationStrategy {

    @Override
    public Exchange aggregate(@Nullable Exchange group, Exchange added) {
        var bodies = new ArrayList<@Nullable Object>();
        if (group != null) {
            bodies.addAll(group.getMessage().getBody(List.class));
        }
        bodies.add(added.getMessage().getBody());
        var whole = group == null ? added : group;
        whole.getMessage().setBody(bodies);
        return whole;
    }
}

package io.waypost.route.resource;

import javax.sql.DataSource;
import org.apache.camel.processor.aggregate.jdbc.JdbcAggregationRepository;
import org.apache.camel.support.SimpleRegistry;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * What flows gather, in the database: a group and what is in it survive a crash. All flows share two tables; each sees its
 * own groups only.
 */
@Component
public final class FlowGroups {

    /** What a flow calls it by, followed by the id of its route. */
    private static final String DURABLE = "durable-";

    private static final long RECOVERY_MILLIS = 5_000;

    private final PlatformTransactionManager transactions;
    private final DataSource database;

    FlowGroups(PlatformTransactionManager transactions, DataSource database) {
        this.transactions = transactions;
        this.database = database;
    }

    /** A registry in which each flow finds the repository of its own. */
    public SimpleRegistry registry() {
        return new SimpleRegistry() {
            private static final long serialVersionUID = 1;

            @Override
            public <T> T lookupByNameAndType(String name, Class<T> type) {
                return name.startsWith(DURABLE) && type.isAssignableFrom(RouteGroups.class)
                        ? type.cast(of(name.substring(DURABLE.length())))
                        : super.lookupByNameAndType(name, type);
            }
        };
    }

    private RouteGroups of(String route) {
        var repository = new JdbcAggregationRepository(transactions, "flow_group", database);
        // Bodies of flows are maps, lists, texts and numbers.
        repository.setDeserializationFilter("java.**;org.apache.camel.**;!*");
        // A group that was completed and not sent on yet is sent on after a crash, and again if that fails.
        repository.setUseRecovery(true);
        repository.setRecoveryInterval(RECOVERY_MILLIS);
        return new RouteGroups(route, repository);
    }
}

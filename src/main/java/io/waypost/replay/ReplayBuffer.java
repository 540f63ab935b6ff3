package io.waypost.replay;

import io.waypost.delivery.MissedRange;
import java.time.Clock;
import java.util.Optional;
import javax.sql.DataSource;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.processor.aggregate.AggregateController;
import org.apache.camel.processor.aggregate.DefaultAggregateController;
import org.apache.camel.processor.aggregate.jdbc.JdbcAggregationRepository;
import org.apache.camel.spi.OptimisticLockingAggregationRepository.OptimisticLockingException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;

/** The groups of the {@code replay-buffer} route: one for each subscription that is not active, holding a {@link MissedRange}. */
class ReplayBuffer {

    private static final int TRIES = 5;

    private final CamelContext camel;
    private final JdbcAggregationRepository repository;
    private final AggregateController controller;

    ReplayBuffer(CamelContext camel, JdbcAggregationRepository repository, AggregateController controller) {
        this.camel = camel;
        this.repository = repository;
        this.controller = controller;
    }

    /** Whether the routes that fill it have started. */
    boolean ready() {
        return repository.isStarted();
    }

    /** What the subscription has missed; empty if it has no group. */
    Optional<MissedRange> range(long subscription) {
        return Optional.ofNullable(repository.get(camel, String.valueOf(subscription)))
                .map(exchange -> exchange.getMessage().getBody(MissedRange.class));
    }

    /**
     * Completes the subscription's group: when this returns, its range has become a replay or a discard, as decided, and
     * the {@code replay} route has been called.
     *
     * @return whether there was a group
     * @throws OptimisticLockingException if other nodes keep changing the group at the same time
     */
    boolean complete(long subscription) {
        for (int tries = 1; ; tries++) {
            try {
                return controller.forceCompletionOfGroup(String.valueOf(subscription)) > 0;
            } catch (OptimisticLockingException e) {
                if (tries == TRIES) {
                    throw e;
                }
            }
        }
    }

    /** The beans that the route refers to by name. */
    @Configuration(proxyBeanMethods = false)
    static class Beans {

        @Bean
        JdbcAggregationRepository replayBufferRepository(
                PlatformTransactionManager transactions, DataSource dataSource, ReplayStore replays, Clock clock) {
            return new MissedRangeGroups(transactions, dataSource, replays, clock);
        }

        @Bean
        AggregateController replayBufferController() {
            return new DefaultAggregateController();
        }

        @Bean
        AggregationStrategy missedRangeAggregation() {
            return (before, added) -> {
                if (before == null) {
                    return added;
                }
                before.getMessage().setBody(sum(before, added));
                return before;
            };
        }

        private static MissedRange sum(Exchange before, Exchange added) {
            return before.getMessage()
                    .getBody(MissedRange.class)
                    .plus(added.getMessage().getBody(MissedRange.class));
        }

        @Bean
        ReplayBuffer replayBuffer(
                CamelContext camel,
                @Qualifier("replayBufferRepository") JdbcAggregationRepository repository,
                AggregateController controller) {
            return new ReplayBuffer(camel, repository, controller);
        }
    }
}

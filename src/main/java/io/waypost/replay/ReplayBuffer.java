package io.waypost.replay;

import io.waypost.delivery.Span;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.processor.aggregate.AggregateController;
import org.apache.camel.processor.aggregate.DefaultAggregateController;
import org.apache.camel.processor.aggregate.jdbc.JdbcAggregationRepository;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;

/** The groups of the {@code replay-buffer} route: one for each subscription that is not active, holding a {@link Span}. */
class ReplayBuffer {

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

    /** What waits for the subscription, if anything does. */
    Optional<Span> span(long subscription) {
        return Optional.ofNullable(repository.get(camel, String.valueOf(subscription)))
                .map(exchange -> exchange.getMessage().getBody(Span.class));
    }

    /**
     * Completes the group: its span goes to the {@code replay} route before this returns.
     *
     * @return whether there was one
     */
    boolean complete(long subscription) {
        return controller.forceCompletionOfGroup(String.valueOf(subscription)) > 0;
    }

    /** Forgets the group of a subscription that is gone. */
    void forget(long subscription) {
        var exchange = repository.get(camel, String.valueOf(subscription));
        if (exchange != null) {
            repository.remove(camel, String.valueOf(subscription), exchange);
            repository.confirm(camel, exchange.getExchangeId());
        }
    }

    Set<Long> subscriptions() {
        return repository.getKeys().stream().map(Long::valueOf).collect(Collectors.toSet());
    }

    /** The lowest sequence number any buffer needs. */
    OptionalLong lowest() {
        return subscriptions().stream()
                .flatMap(subscription -> span(subscription).stream())
                .filter(span -> span.first() > 0)
                .mapToLong(Span::first)
                .min();
    }

    /** What the route refers to by name. */
    @Configuration(proxyBeanMethods = false)
    static class Beans {

        @Bean
        JdbcAggregationRepository replayBufferRepository(
                PlatformTransactionManager transactions, DataSource dataSource) {
            var repository = new JdbcAggregationRepository(transactions, "replay_buffer", dataSource);
            repository.setDeserializationFilter("java.**;org.apache.camel.**;io.waypost.delivery.Span*;!*");
            // A group that was completed, but not handed over before a crash, is handed over after it.
            repository.setUseRecovery(true);
            repository.setRecoveryInterval(5_000);
            return repository;
        }

        @Bean
        AggregateController replayBufferController() {
            return new DefaultAggregateController();
        }

        @Bean
        AggregationStrategy spanAggregation() {
            return (before, added) -> {
                if (before == null) {
                    return added;
                }
                before.getMessage().setBody(sum(before, added));
                return before;
            };
        }

        private static Span sum(Exchange before, Exchange added) {
            return before.getMessage()
                    .getBody(Span.class)
                    .plus(added.getMessage().getBody(Span.class));
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

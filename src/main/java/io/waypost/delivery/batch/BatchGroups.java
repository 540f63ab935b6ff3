package io.waypost.delivery.batch;

import javax.sql.DataSource;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.processor.aggregate.jdbc.JdbcAggregationRepository;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The groups of the {@code batch} route: one for each subscription with deliveries that wait for a batch, holding a
 * {@link PendingBatch}.
 */
class BatchGroups {

    private final CamelContext camel;
    private final ProducerTemplate producer;
    private final JdbcAggregationRepository repository;

    BatchGroups(CamelContext camel, ProducerTemplate producer, JdbcAggregationRepository repository) {
        this.camel = camel;
        this.producer = producer;
        this.repository = repository;
    }

    /** Whether the route has started. */
    boolean ready() {
        return camel.isStarted() && repository.isStarted();
    }

    /**
     * Adds to the group of the subscription. If the group is full then, the route completes it and the subscription is
     * noted.
     */
    void add(PendingBatch gathering) {
        producer.sendBody("direct:batch", gathering);
    }

    /** Removes the group of the subscription, so that its count begins anew. */
    void forget(long subscription) {
        var key = String.valueOf(subscription);
        var exchange = repository.get(camel, key);
        if (exchange != null) {
            repository.remove(camel, key, exchange);
            repository.confirm(camel, exchange.getExchangeId());
        }
    }

    /** The beans that the route refers to by name. */
    @Configuration(proxyBeanMethods = false)
    static class Beans {

        @Bean
        JdbcAggregationRepository batchRepository(PlatformTransactionManager transactions, DataSource dataSource) {
            var repository = new JdbcAggregationRepository(transactions, "batch_group", dataSource) {

                @Override
                public boolean confirmWithResult(CamelContext camel, String exchangeId) {
                    // The recovery, here or on another node, may have confirmed it already; Camel logs that as an
                    // error.
                    return recover(camel, exchangeId) == null || super.confirmWithResult(camel, exchangeId);
                }
            };
            repository.setDeserializationFilter(
                    "java.**;org.apache.camel.**;io.waypost.delivery.batch.PendingBatch;!*");
            // A group that was full before a crash, but had not been noted, is noted after it.
            repository.setUseRecovery(true);
            repository.setRecoveryInterval(5_000);
            return repository;
        }

        @Bean
        AggregationStrategy batchAggregation() {
            return (before, added) -> {
                if (before == null) {
                    return added;
                }
                before.getMessage().setBody(sum(before, added));
                return before;
            };
        }

        private static PendingBatch sum(Exchange before, Exchange added) {
            return before.getMessage()
                    .getBody(PendingBatch.class)
                    .plus(added.getMessage().getBody(PendingBatch.class));
        }

        @Bean
        BatchGroups batchGroups(
                CamelContext camel,
                ProducerTemplate producer,
                @Qualifier("batchRepository") JdbcAggregationRepository repository) {
            return new BatchGroups(camel, producer, repository);
        }
    }
}

package io.waypost.route.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.store.jdbc.TestDatabases;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.AggregationRepository;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;

class RouteGroupsTest {

    @Nested
    class OnH2 extends OnJdbc {

        OnH2() {
            super(TestDatabases.h2());
        }

        @Test
        void whoIsInterruptedWhileGatheringDoesNoHarmToTheDatabase(@TempDir Path directory) {
            groups = in(TestDatabases.h2(directory));
            for (int i = 0; i < 20; i++) {
                Thread.currentThread().interrupt();
                gather(of("one"), "b" + i);
                assertThat(Thread.interrupted()).as("it stays with the caller").isTrue();
            }

            assertThat(of("one").get(camel, "all").getMessage().getBody(List.class))
                    .hasSize(20);
        }
    }

    @Nested
    class OnPostgres extends OnJdbc {

        OnPostgres() {
            super(TestDatabases.postgres());
        }
    }

    abstract static class OnJdbc {

        final DefaultCamelContext camel = new DefaultCamelContext();
        private final GroupedBodies strategy = new GroupedBodies();
        FlowGroups groups;

        OnJdbc(DataSource database) {
            groups = in(database);
        }

        @BeforeEach
        void start() {
            camel.start();
        }

        @AfterEach
        void stop() {
            camel.stop();
        }

        @Test
        void whatIsGatheredIsThereForAnotherProcessDigitForDigit() {
            gather(of("one"), Map.of("price", new BigDecimal("1.10"), "id", 18859015918863553L));
            gather(of("one"), List.of("b"));

            assertThat(of("one").get(camel, "all").getMessage().getBody())
                    .isEqualTo(
                            List.of(Map.of("price", new BigDecimal("1.10"), "id", 18859015918863553L), List.of("b")));
        }

        @Test
        void eachRouteSeesItsOwnGroupsOnly() {
            gather(of("one"), "a");
            gather(of("two"), "b");
            complete(of("one"));
            complete(of("two"));
            gather(of("two"), "c");

            assertThat(of("one").getKeys()).isEmpty();
            assertThat(of("two").getKeys()).containsExactly("all");
            assertThat(of("one").scan(camel)).hasSize(1);
            var left = of("one").scan(camel).iterator().next();
            assertThat(of("one").recover(camel, left).getMessage().getBody()).isEqualTo(List.of("a"));

            of("one").confirm(camel, left);

            assertThat(of("one").scan(camel)).isEmpty();
            assertThat(of("two").scan(camel)).hasSize(1);
        }

        @Test
        void aNameThatIsNoRepositoryIsNothing() {
            assertThat(groups.registry().lookupByNameAndType("dataSource", AggregationRepository.class))
                    .isNull();
            assertThat(groups.registry().lookupByNameAndType("durable-one", String.class))
                    .isNull();
        }

        static FlowGroups in(DataSource database) {
            return new FlowGroups(new DataSourceTransactionManager(database), database);
        }

        RouteGroups of(String route) {
            var repository = (RouteGroups)
                    groups.registry().lookupByNameAndType("durable-" + route, AggregationRepository.class);
            repository.start();
            return repository;
        }

        void gather(RouteGroups repository, Object body) {
            Exchange added = new DefaultExchange(camel);
            added.getMessage().setBody(body);
            var before = repository.get(camel, "all");
            repository.add(camel, "all", before, strategy.aggregate(before, added));
        }

        private void complete(RouteGroups repository) {
            repository.remove(camel, "all", repository.get(camel, "all"));
        }
    }
}

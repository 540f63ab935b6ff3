package io.waypost.connector.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.WaypostProperties;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class DestinationsTest {

    private static final String LISTED = "Kafka.example.com:9093, *.rds.example.com,[::1]:5432,10.0.0.7";

    @ParameterizedTest
    @CsvSource({
        "kafka.example.com, 9093, true",
        "KAFKA.EXAMPLE.COM., 9093, true",
        "kafka.example.com, 9092, false",
        "evil.kafka.example.com, 9093, false",
        "a.rds.example.com, 1, true",
        "rds.example.com, 1, false",
        "evilrds.example.com, 1, false",
        "[::1], 5432, true",
        "[::1], 5433, false",
        "10.0.0.7, 3306, true",
        "10.0.0.70, 3306, false"
    })
    void onlyWhatIsListed(String host, int port, boolean allowed) {
        assertThat(destinations(LISTED).problem(host, port) == null).isEqualTo(allowed);
    }

    @Test
    void nothingUnlessSetAndAllWithAStar() {
        assertThat(destinations("").problem("db.example.com", 5432)).contains("WAYPOST_DESTINATIONS");
        assertThat(destinations("*").problem("db.example.com", 5432)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "tcp://host:1", "host:x", "*.*", "h*st", "host/db"})
    void whatIsNoDestinationIsNamed(String entry) {
        assertThatThrownBy(() -> destinations("ok," + entry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("WAYPOST_DESTINATIONS", entry);
    }

    private static Destinations destinations(String setting) {
        var source = new MapConfigurationPropertySource(Map.of("waypost.destinations", setting));
        return new Destinations(new Binder(source).bindOrCreate("waypost", WaypostProperties.class));
    }
}

package io.waypost.route.resource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.springframework.stereotype.Component;

/** The databases that flows may use: those of the settings, and never the gateway's own. */
@Component
public final class FlowDatabases implements AutoCloseable {

    private static final long CONNECT_MILLIS = 10_000;

    private final Map<String, HikariDataSource> pools = new TreeMap<>();

    FlowDatabases(FlowSettings settings) {
        settings.datasources().forEach((name, database) -> pools.put(name, pool(name, database)));
    }

    public Map<String, ? extends DataSource> all() {
        return pools;
    }

    @Override
    public void close() {
        pools.values().forEach(HikariDataSource::close);
    }

    private static HikariDataSource pool(String name, FlowSettings.Database database) {
        var config = new HikariConfig();
        config.setPoolName("flows-" + name);
        config.setJdbcUrl(database.url());
        config.setUsername(database.username());
        config.setPassword(database.password());
        config.setMaximumPoolSize(database.pool());
        config.setMinimumIdle(0);
        config.setConnectionTimeout(CONNECT_MILLIS);
        // A database that is away now may be there when the first event comes.
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }
}

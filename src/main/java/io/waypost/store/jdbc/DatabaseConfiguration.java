package io.waypost.store.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.waypost.platform.WaypostProperties;
import java.io.IOException;
import java.nio.file.Files;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import javax.sql.DataSource;

/** The database: PostgreSQL if a URL is given, otherwise H2 in a file of the data directory. */
@Configuration(proxyBeanMethods = false)
class DatabaseConfiguration {

    /** H2 acknowledges a commit before it is on disk unless it is told not to. */
    private static final String H2_OPTIONS = ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000";

    @Bean
    @ConditionalOnMissingBean
    DataSource dataSource(WaypostProperties properties) throws IOException {
        var pool = new HikariDataSource();
        pool.setPoolName("waypost");
        pool.setMaximumPoolSize(properties.db().pool());
        pool.setConnectionTimeout(5_000);
        var url = properties.db().url();
        if (url == null || url.isBlank()) {
            Files.createDirectories(properties.dataDir());
            var file = properties.dataDir().toAbsolutePath().normalize().resolve("waypost");
            pool.setJdbcUrl("jdbc:h2:file:" + file + H2_OPTIONS);
            pool.setUsername("sa");
            pool.setPassword("");
        } else {
            pool.setJdbcUrl(url);
            pool.setUsername(properties.db().user());
            pool.setPassword(properties.db().password());
            if (url.startsWith("jdbc:postgresql:")) {
                pool.addDataSourceProperty("reWriteBatchedInserts", "true");
                pool.addDataSourceProperty("socketTimeout", "30");
            }
        }
        return pool;
    }
}

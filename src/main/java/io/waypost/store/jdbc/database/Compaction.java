package io.waypost.store.jdbc.database;

import io.waypost.platform.CannotStart;
import io.waypost.platform.files.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * {@code java -jar waypost.jar --waypost.compact}: rewrites the file of the embedded database of a gateway that is not
 * running, so that it has no unused space, and ends the process. Takes the same settings as the gateway, and runs before
 * any part of it is started.
 */
public final class Compaction implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    private static final String SETTING = "waypost.compact";

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        var settings = context.getEnvironment();
        var wanted = settings.getProperty(SETTING);
        if (wanted == null || wanted.equals("false")) {
            return;
        }
        if (!settings.getProperty("waypost.db.url", "").isBlank()) {
            throw new CannotStart(
                    "WAYPOST_DB_URL is set, so there is no file of an embedded database",
                    "PostgreSQL gives space back by itself (autovacuum), or by VACUUM FULL.");
        }
        System.out.println(compact(Path.of(settings.getProperty("waypost.data-dir", "./data"))));
        System.exit(0);
    }

    /** @return the result, as a text for people */
    static String compact(Path dataDir) {
        var directory = dataDir.toAbsolutePath().normalize();
        var file = directory.resolve("waypost.mv.db");
        if (!Files.exists(file)) {
            throw new CannotStart("There is no database in " + directory, "Set WAYPOST_DATA_DIR.");
        }
        try {
            var before = Files.size(file);
            var url = DatabaseConfiguration.url(directory);
            try (var connection = DriverManager.getConnection(url, "sa", "");
                    var statement = connection.createStatement()) {
                statement.execute("shutdown compact");
            }
            PrivateFiles.narrow(file);
            return "%s: %d bytes were %d".formatted(file, Files.size(file), before);
        } catch (SQLException e) {
            throw new IllegalStateException("The database in " + directory + " cannot be compacted", e);
        } catch (IOException e) {
            throw new UncheckedIOException("The database in " + directory + " cannot be compacted", e);
        }
    }
}

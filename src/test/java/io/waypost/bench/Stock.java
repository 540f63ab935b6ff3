package io.waypost.bench;

import io.waypost.platform.SecretBox;
import io.waypost.platform.SecretBox.Place;
import io.waypost.platform.secret.KeptBox;
import io.waypost.store.jdbc.TestStores;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Comparator;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** Fills the database of a gateway that is not running, by copying rows that a running one has made. */
final class Stock implements AutoCloseable {

    /** Rows in one transaction: a large one lives in memory. */
    private static final int CHUNK = 10_000;

    private final java.sql.Connection connection;
    private final SecretBox box;

    Stock(Path data) {
        box = KeptBox.of(data);
        try {
            connection = DriverManager.getConnection("jdbc:h2:file:" + data.resolve("waypost"), "sa", "");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** So many more subscriptions, as the first one, each to a type of its own. */
    void subscriptions(int count) {
        try (var query = connection.createStatement();
                var model = query.executeQuery("""
                        select id, revision, tenant, connector, definition, config, secrets, ordered, state, created_at,
                               updated_at, (select max(no) from subscription)
                          from subscription
                         order by no
                         limit 1
                        """);
                var insert = connection.prepareStatement("""
                        insert into subscription (id, revision, tenant, connector, events, definition, config, secrets,
                                                  ordered, state, created_at, updated_at)
                        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """)) {
            model.next();
            var tenant = model.getString(3);
            var config = box.open(place(model.getString(1), tenant, "config"), model.getString(6));
            var secrets = box.open(place(model.getString(1), tenant, "secrets"), model.getString(7));
            for (int i = 1; i <= count; i++) {
                var id = "sub_of_the_stock_%d_%d".formatted(model.getLong(12), i);
                insert.setString(1, id);
                insert.setLong(2, model.getLong(2));
                insert.setString(3, tenant);
                insert.setString(4, model.getString(4));
                insert.setString(5, "[\"stock.%d.%d\"]".formatted(model.getLong(12), i));
                insert.setString(6, model.getString(5));
                // What is sealed for one row opens in no other.
                insert.setString(7, box.seal(place(id, tenant, "config"), config));
                insert.setString(8, box.seal(place(id, tenant, "secrets"), secrets));
                insert.setBoolean(9, model.getBoolean(8));
                insert.setString(10, model.getString(9));
                insert.setLong(11, model.getLong(10));
                insert.setLong(12, model.getLong(11));
                insert.addBatch();
                if (i % CHUNK == 0 || i == count) {
                    insert.executeBatch();
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Place place(String id, String tenant, String column) {
        return new Place("subscription", id, tenant, column);
    }

    /** So many more events with a delivery each, as the last one that was delivered. */
    void deliveries(int count) {
        var database = new SingleConnectionDataSource(connection, true);
        var model = TestStores.fences(database).keySet().stream()
                .max(Comparator.naturalOrder())
                .orElseThrow();
        var last = number("select last_seq from log_head");
        for (int done = 0; done < count; done += CHUNK) {
            TestStores.copy(database, model, done, last + done + 1, Math.min(count - done, CHUNK));
        }
        run("update log_head set last_seq = last_seq + " + count);
        run("update log_claim set claimed_seq = (select last_seq from log_head)");
    }

    private long number(String sql) {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void run(String sql) {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}

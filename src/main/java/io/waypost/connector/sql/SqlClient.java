package io.waypost.connector.sql;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.pool.Client;
import io.waypost.connector.pool.Hosts;
import io.waypost.platform.Json;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.Properties;

/** One connection to a database. */
final class SqlClient implements Client {

    private static final int USABLE_SECONDS = 2;

    private final Connection connection;
    private final int seconds;

    private SqlClient(Connection connection, int seconds) {
        this.connection = connection;
        this.seconds = seconds;
    }

    static SqlClient connect(Database database, Hosts hosts, boolean onlyPublic)
            throws SQLException, UnknownHostException {
        var vendor = database.url().vendor();
        var properties = new Properties();
        database.url().options().forEach(properties::setProperty);
        vendor.set(properties, Integer.toString(database.seconds()), onlyPublic);
        if (database.username() != null) {
            properties.setProperty("user", database.username());
        }
        if (database.password() != null) {
            properties.setProperty("password", database.password());
        }
        var connection = vendor.driver().connect(url(database.url(), hosts), properties);
        if (connection == null) {
            throw new SQLException("the driver does not know this kind of URL");
        }
        return new SqlClient(connection, database.seconds());
    }

    /** @return how many rows it changed */
    int execute(String sql, List<JsonNode> values) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            statement.setQueryTimeout(seconds);
            for (int i = 0; i < values.size(); i++) {
                bind(statement, i + 1, values.get(i));
            }
            return statement.executeUpdate();
        }
    }

    /** Has the database look at the statement, without running it. */
    void parse(String sql) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            // Some drivers ask the server only when somebody wants to know something.
            var _ = statement.getParameterMetaData();
        }
    }

    @Override
    public boolean usable() throws SQLException {
        return connection.isValid(USABLE_SECONDS);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private static void bind(PreparedStatement statement, int at, JsonNode value) throws SQLException {
        switch (value.getNodeType()) {
            case NULL, MISSING -> statement.setNull(at, Types.NULL);
            case BOOLEAN -> statement.setBoolean(at, value.booleanValue());
            case STRING -> statement.setString(at, value.textValue());
            case NUMBER -> {
                if (value.canConvertToLong() && value.isIntegralNumber()) {
                    statement.setLong(at, value.longValue());
                } else {
                    statement.setBigDecimal(at, value.decimalValue());
                }
            }
            default -> statement.setString(at, Json.write(value));
        }
    }

    /** The look-up is ours, so that it keeps to the deadline; for H2 its answer is what the driver gets. */
    private static String url(JdbcUrl url, Hosts hosts) throws UnknownHostException {
        if (url.inMemory()) {
            return url.vendor().prefix() + "mem:" + url.database();
        }
        var address = hosts.literal(url.host());
        var port = url.effectivePort();
        return switch (url.vendor()) {
            case H2 -> "jdbc:h2:tcp://%s:%d/%s".formatted(address, port, url.database());
            case MYSQL, MARIADB -> "jdbc:mariadb://%s:%d/%s".formatted(url.host(), port, url.database());
            case POSTGRESQL -> "jdbc:postgresql://%s:%d/%s".formatted(url.host(), port, url.database());
        };
    }
}

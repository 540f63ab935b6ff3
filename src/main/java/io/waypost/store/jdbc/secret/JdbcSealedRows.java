package io.waypost.store.jdbc.secret;

import io.waypost.platform.secret.SealedRows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The sealed values of all tables. A new column with sealed values has to be added here. */
@Repository
public class JdbcSealedRows implements SealedRows {

    /**
     * The prefix of a sealed value: {@code v1.} for those sealed before there were ids of keys, otherwise the first 12
     * characters, which include the id of the key.
     */
    private static final String PREFIX = "case when left(%1$s, 3) = 'v1.' then 'v1.' else left(%1$s, 12) end";

    /** A prefix that no sealed value has. */
    private static final List<String> NOTHING = List.of("-");

    /** A node without a heartbeat for this time, in microseconds, counts as dead. */
    private static final long SILENCE = 10_000_000;

    private static final List<Table> TABLES = List.of(
            new Table("subscription", "tenant", List.of("config", "secrets"), "deleted = false", true),
            new Table("connection", "tenant", List.of("config"), "deleted = false", true),
            new Table("inbound_source", "tenant", List.of("token", "settings"), "true", true),
            new Table("idempotency_key", "''", List.of("answer"), "answer is not null", false));

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    JdbcSealedRows(JdbcClient jdbc, PlatformTransactionManager transactions) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
    }

    /** @param present the condition for rows that have sealed values */
    private record Table(String name, String tenant, List<String> columns, String present, boolean kept) {

        String next() {
            return """
                    select id, %s as tenant, %s
                      from %s
                     where %s
                       and id > :after
                       and (%s)
                     order by id
                     limit :most
                    """.formatted(tenant, String.join(", ", columns), name, present, wanted());
        }

        String count() {
            return "select count(*) from %s where %s and (%s)".formatted(name, present, wanted());
        }

        String update() {
            return "update %s set %s where id = :id and %s"
                    .formatted(name, each("%1$s = :%1$s", ", "), each("%1$s = :seen_%1$s", " and "));
        }

        private String wanted() {
            return each(PREFIX + " not in (:prefixes)", " or ");
        }

        private String each(String form, String between) {
            return columns.stream().map(form::formatted).collect(Collectors.joining(between));
        }

        Row row(ResultSet row) throws SQLException {
            var fields = new LinkedHashMap<String, String>();
            for (var column : columns) {
                fields.put(column, row.getString(column));
            }
            return new Row(name, row.getString("id"), row.getString("tenant"), fields);
        }
    }

    private static Table table(String name) {
        return TABLES.stream()
                .filter(table -> table.name.equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public List<String> tables() {
        return TABLES.stream().map(Table::name).toList();
    }

    @Override
    public boolean isKept(String table) {
        return table(table).kept;
    }

    @Override
    public List<Row> next(String table, Collection<String> prefixes, String after, int most) {
        var in = table(table);
        return jdbc.sql(in.next())
                .param("prefixes", prefixes.isEmpty() ? NOTHING : prefixes)
                .param("after", after)
                .param("most", most)
                .query((row, _) -> in.row(row))
                .list();
    }

    @Override
    public long count(Collection<String> prefixes) {
        return TABLES.stream()
                .mapToLong(table -> jdbc.sql(table.count())
                        .param("prefixes", prefixes.isEmpty() ? NOTHING : prefixes)
                        .query(Long.class)
                        .single())
                .sum();
    }

    @Override
    public int replace(List<Change> changes) {
        return Objects.requireNonNull(transaction.execute(
                _ -> changes.stream().mapToInt(this::replace).sum()));
    }

    private int replace(Change change) {
        var seen = change.seen();
        var update = jdbc.sql(table(seen.table()).update()).param("id", seen.id());
        seen.fields().forEach((column, value) -> update.param("seen_" + column, value)
                .param(column, Objects.requireNonNull(change.fields().get(column))));
        return update.update();
    }

    @Override
    public void announce(String node, String prefix) {
        jdbc.sql("update node set sealing = :prefix where id = :id and sealing <> :prefix")
                .param("prefix", prefix)
                .param("id", node)
                .update();
    }

    @Override
    public Map<String, String> others(String node) {
        return jdbc
                .sql("""
                        select id, coalesce(sealing, :older) as sealing
                          from node
                         where id <> :id
                           and seen_at > cast(extract(epoch from current_timestamp) * 1000000 as bigint) - :silence
                        """)
                .param("older", OLDER)
                .param("id", node)
                .param("silence", SILENCE)
                .query((row, _) -> Map.entry(row.getString(1), row.getString(2)))
                .list()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}

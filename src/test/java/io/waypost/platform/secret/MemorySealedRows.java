package io.waypost.platform.secret;

import io.waypost.platform.SecretBox;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Two tables in memory, of which one is kept; and the other nodes. */
final class MemorySealedRows implements SealedRows {

    final Map<String, TreeMap<String, Row>> tables = new LinkedHashMap<>();
    final Map<String, String> others = new HashMap<>();
    String announced;

    MemorySealedRows() {
        tables.put("kept", new TreeMap<>());
        tables.put("brief", new TreeMap<>());
    }

    void put(String table, String id, SecretBox box, String text) {
        var place = new SecretBox.Place(table, id, "acme", "config");
        put(table, id, box.seal(place, text));
    }

    void put(String table, String id, String sealed) {
        tables.get(table).put(id, new Row(table, id, "acme", Map.of("config", sealed)));
    }

    String sealed(String table, String id) {
        return tables.get(table).get(id).fields().get("config");
    }

    @Override
    public List<String> tables() {
        return List.copyOf(tables.keySet());
    }

    @Override
    public boolean isKept(String table) {
        return table.equals("kept");
    }

    @Override
    public List<Row> next(String table, Collection<String> prefixes, String after, int most) {
        return tables.get(table).tailMap(after, false).values().stream()
                .filter(row -> row.fields().values().stream()
                        .anyMatch(value -> prefixes.stream().noneMatch(value::startsWith)))
                .limit(most)
                .toList();
    }

    @Override
    public long count(Collection<String> prefixes) {
        return tables.keySet().stream()
                .mapToLong(table -> next(table, prefixes, "", Integer.MAX_VALUE).size())
                .sum();
    }

    @Override
    public int replace(List<Change> changes) {
        changes.forEach(change -> {
            var seen = change.seen();
            tables.get(seen.table())
                    .replace(seen.id(), seen, new Row(seen.table(), seen.id(), seen.tenant(), change.fields()));
        });
        return changes.size();
    }

    @Override
    public void announce(String node, String prefix) {
        announced = prefix;
    }

    @Override
    public Map<String, String> others(String node) {
        return Map.copyOf(others);
    }
}

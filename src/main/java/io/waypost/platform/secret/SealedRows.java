package io.waypost.platform.secret;

import io.waypost.platform.SecretBox.Place;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The rows of all tables that hold sealed values, and which key each node seals with. A port. */
public interface SealedRows {

    /** The names of the tables. */
    List<String> tables();

    /** Whether rows of the table are kept until somebody deletes them; what is not is gone within a day, and its ids are in no order. */
    boolean isKept(String table);

    /**
     * The next rows with a sealed value that begins with none of the prefixes, by their ids.
     *
     * @param prefixes of sealed values; none: all rows
     * @param after an id; empty: from the first row on
     */
    List<Row> next(String table, Collection<String> prefixes, String after, int most);

    /** How many rows {@link #next} would give in the end, of all tables. */
    long count(Collection<String> prefixes);

    /**
     * Puts other values in the place of those that are still what was seen; in one transaction.
     *
     * @return how many rows were changed
     */
    int replace(List<Change> changes);

    /** From now on the node seals with the key whose values begin so. */
    void announce(String node, String prefix);

    /**
     * The other nodes that live, each with what its values begin with: empty before it has said so, {@value #OLDER} if it is
     * of an older release, which never says so.
     */
    Map<String, String> others(String node);

    /** What a node of an older release seals with. */
    String OLDER = "-";

    /** @param fields the sealed values by the names of their columns */
    record Row(String table, String id, String tenant, Map<String, String> fields) {

        Place place(String field) {
            return new Place(table, id, tenant, field);
        }

        @Override
        public String toString() {
            return table + " " + id;
        }
    }

    /** @param fields the values that take the place of those in the row, by the names of their columns */
    record Change(Row seen, Map<String, String> fields) {}
}

package io.waypost.platform.secret;

import io.waypost.platform.SecretBox;
import io.waypost.platform.SecretBox.CannotOpen;
import io.waypost.platform.secret.SealedRows.Row;
import java.util.ArrayList;
import java.util.List;

/** Counts rows that cannot be opened, and remembers the first few. */
final class Unopened {

    static final int SHOWN = 10;

    private final List<String> shown = new ArrayList<>();
    private long count;

    /** Notes the row if a value in it does not open. @return whether all do */
    boolean look(SecretBox box, Row row) {
        try {
            row.fields().forEach((field, value) -> box.open(row.place(field), value));
            return true;
        } catch (CannotOpen e) {
            add(row);
            return false;
        }
    }

    void add(Row row) {
        count++;
        if (shown.size() < SHOWN) {
            shown.add(row.toString());
        }
    }

    long count() {
        return count;
    }

    List<String> shown() {
        return List.copyOf(shown);
    }
}

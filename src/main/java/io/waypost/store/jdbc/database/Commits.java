package io.waypost.store.jdbc.database;

import java.util.OptionalLong;
import javax.sql.DataSource;
import org.h2.mvstore.MVStore;
import org.springframework.stereotype.Component;

/** Tells without a statement whether anything may have been written to the database. */
@Component
public class Commits {

    private final DataSource dataSource;

    public Commits(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** Grows with each commit. Empty if that cannot be known: for PostgreSQL, and while the embedded database is not open. */
    public OptionalLong count() {
        return EmbeddedDatabase.below(dataSource)
                .map(EmbeddedDatabase::openStore)
                .map(MVStore::getCurrentVersion)
                .map(OptionalLong::of)
                .orElseGet(OptionalLong::empty);
    }
}

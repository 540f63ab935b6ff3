package io.waypost.platform.secret;

import io.waypost.platform.CannotStart;
import io.waypost.platform.SecretBox.CannotOpen;
import io.waypost.platform.SecretBox.Place;
import io.waypost.platform.secret.SealedRows.Row;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a start whether the keys open what is stored: the known text first, so that a node with a key of its own is told
 * even if nothing is stored yet, and then each row.
 */
final class KeyCheck {

    static final String START_ANYWAY = "waypost.secret.start-with-unreadable=true";

    private static final Logger log = LoggerFactory.getLogger(KeyCheck.class);

    private static final Place PLACE = new Place("key_check", "1", "", "sealed");
    private static final String KNOWN = "Waypost, sealed";

    /** Stands there once nothing is stored that is not bound to its place. */
    private static final String ALL_BOUND = "Waypost, all sealed for its place";

    private static final int PAGE = 1_000;
    private static final int MOST_OPENED = 100_000;

    private final KeyCheckStore checks;
    private final SealedRows rows;
    private final boolean startAnyway;
    private boolean foundUnopened;

    /** @param startAnyway whether to start though something cannot be opened */
    KeyCheck(KeyCheckStore checks, SealedRows rows, boolean startAnyway) {
        this.checks = checks;
        this.rows = rows;
        this.startAnyway = startAnyway;
    }

    /**
     * @throws CannotStart if something cannot be opened, unless it is to start anyway
     */
    void check(AesSecretBox box) {
        var known = known(box);
        var unopened = unopened(box);
        foundUnopened = unopened.count() > 0;
        if (unopened.count() > 0) {
            var problem = "At least %d stored rows cannot be opened with the secret keys of this node: %s%s"
                    .formatted(
                            unopened.count(),
                            String.join(", ", unopened.shown()),
                            unopened.count() > unopened.shown().size() ? ", ..." : "");
            refuse(
                    problem,
                    "Name the key they were sealed with in WAYPOST_PREVIOUS_SECRET_KEYS until they have been sealed again; or"
                            + " delete the rows, or put them back from a backup, if they were damaged or moved.",
                    null);
        }
        if (known != null) {
            // With today's key from now on, so that a node that only has an old one is told at start.
            checks.replace(box.seal(PLACE, known));
        }
    }

    /** @return null if it cannot be opened */
    private @Nullable String known(AesSecretBox box) {
        var stored = checks.find().orElseGet(() -> {
            // A new database holds nothing from before there were places.
            checks.create(box.seal(PLACE, ALL_BOUND));
            return checks.find().orElseThrow();
        });
        try {
            var known = box.open(PLACE, stored);
            switch (known) {
                case ALL_BOUND -> box.refuseUnbound();
                case KNOWN -> box.bindsNew(!rows.others("").containsValue(SealedRows.OLDER));
                default -> throw new CannotOpen("The check text of the secret key is damaged in the database");
            }
            return known;
        } catch (CannotOpen e) {
            refuse(
                    "The secret key is not the one this database's secrets were sealed with",
                    "Start with the right one in WAYPOST_SECRET_KEY or in secret.key of the data directory; after a change of"
                            + " keys, name the old one in WAYPOST_PREVIOUS_SECRET_KEYS, and before one, the new one in"
                            + " WAYPOST_NEXT_SECRET_KEY.",
                    e);
            return null;
        }
    }

    private void refuse(String problem, String remedy, @Nullable CannotOpen cause) {
        if (!startAnyway) {
            throw new CannotStart(
                    problem,
                    remedy + " With " + START_ANYWAY + " it starts all the same: what cannot be read then gets nothing"
                            + " until it can, and its events wait.",
                    cause);
        }
        log.error("{}. Started all the same, because of {}", problem, START_ANYWAY);
    }

    /**
     * A start must not take minutes because very much is stored. Of what is beyond the first rows of a table only the key is
     * looked at, and nothing where rows are gone within a day: their ids are hashes, so that the first are a fair sample.
     */
    private Unopened unopened(AesSecretBox box) {
        var unopened = new Unopened();
        for (var table : rows.tables()) {
            var after = "";
            var looked = 0;
            List<Row> page;
            do {
                page = rows.next(table, looked < MOST_OPENED ? List.of() : box.prefixes(), after, PAGE);
                page.forEach(row -> unopened.look(box, row));
                looked += page.size();
                after = page.isEmpty() ? after : page.getLast().id();
            } while (page.size() == PAGE && rows.isKept(table));
        }
        return unopened;
    }

    /** Whether it started though something could not be opened. */
    boolean foundUnopened() {
        return foundUnopened;
    }

    /** Nothing is stored any more that is not bound to its place, nor will be: what is not is not opened from now on. */
    void allBound(AesSecretBox box) {
        box.refuseUnbound();
        checks.replace(box.seal(PLACE, ALL_BOUND));
    }
}

package io.waypost.store.jdbc.database;

import io.waypost.platform.CannotStart;
import io.waypost.platform.Texts;
import io.waypost.platform.WaypostProperties;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.internal.exception.FlywayMigrateException;
import org.flywaydb.core.internal.exception.FlywaySqlException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.flyway.FlywayMigrationStrategy;
import org.springframework.boot.info.BuildProperties;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Migrates the tables before anything else uses them. Refuses to start on a database that is not Waypost's, that a newer
 * release has migrated, or that has lost events this node has seen in it.
 */
@Component
class Schema implements FlywayMigrationStrategy {

    private static final Logger log = LoggerFactory.getLogger(Schema.class);

    private static final String OF_ITS_OWN =
            "Give Waypost a database of its own: an empty one (WAYPOST_DB_URL; WAYPOST_DATA_DIR for the embedded one), or the"
                    + " one it had before.";
    private static final String FROM_BACKUP =
            "Put the database back from the backup made before the update, and start again; if it fails again, start the"
                    + " release before, and report it.";

    private final Path markFile;
    private final Path keyFile;
    private final boolean shared;
    private final List<String> acceptLoss;
    private final String release;
    private final List<DataMove> moves;
    private final Clock clock;

    Schema(WaypostProperties properties, ObjectProvider<BuildProperties> build, List<DataMove> moves, Clock clock) {
        this.moves = moves;
        this.markFile = Marking.fileOf(properties);
        this.keyFile = markFile.resolveSibling("secret.key");
        this.shared = properties.db().shared();
        this.acceptLoss = properties.storage().acceptLoss();
        this.release = build.stream()
                .map(BuildProperties::getVersion)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("dev");
        this.clock = clock;
    }

    /** @throws CannotStart if this release, on this node, must not use the database */
    @Override
    public void migrate(Flyway flyway) {
        var jdbc = JdbcClient.create(flyway.getConfiguration().getDataSource());
        try {
            var info = flyway.info();
            verifyOurs(info);
            verifyNotNewer(info, jdbc);
            var mark = Mark.read(markFile).orElse(null);
            if (info.current() == null) {
                verifyMeantToBeEmpty(mark);
            }
            var changed = flyway.migrate().migrationsExecuted > 0;
            moves.forEach(move -> move.move(flyway.getConfiguration().getDataSource()));
            if (mark != null) {
                verifyNothingLost(mark, jdbc);
            }
            Installation.name(jdbc, clock.instant());
            if (changed) {
                Installation.migratedBy(jdbc, release);
            }
        } catch (FlywaySqlException e) {
            // Errors of the database itself are reported like any other error of it.
            throw e;
        } catch (FlywayMigrateException e) {
            throw failed(e);
        } catch (FlywayException e) {
            throw foreign(e);
        }
    }

    private static void verifyOurs(MigrationInfoService info) {
        for (var applied : info.applied()) {
            var what = describe(applied);
            if (applied.getState().isFailed()) {
                throw new CannotStart(
                        "The database's schema was left half changed: migration %s failed on %tF %<tT"
                                .formatted(what, applied.getInstalledOn()),
                        FROM_BACKUP);
            }
            if (isMissing(applied)) {
                throw new CannotStart(
                        "The database's schema was not made by Waypost, or by a build of it that is not a release: it has the"
                                + " migration " + what + ", which this release does not know",
                        OF_ITS_OWN);
            }
            if (!isNewer(applied) && !(applied.isChecksumMatching() && applied.isDescriptionMatching())) {
                throw new CannotStart(
                        "The database's schema was not made by Waypost, or by a build of it that is not a release: its"
                                + " migration " + what + " is not the one of this release",
                        OF_ITS_OWN);
            }
        }
    }

    private void verifyNotNewer(MigrationInfoService info, JdbcClient jdbc) {
        var newest = Arrays.stream(info.applied())
                .filter(Schema::isNewer)
                .reduce((_, later) -> later)
                .orElse(null);
        if (newest == null) {
            return;
        }
        var needed = releaseNeeded(jdbc);
        var known = Arrays.stream(info.all())
                .filter(migration -> !isNewer(migration))
                .reduce((_, later) -> later)
                .map(migration -> String.valueOf(migration.getVersion()))
                .orElse("none");
        throw new CannotStart(
                "The database's schema has version %s, and this release, Waypost %s, knows versions up to %s"
                        .formatted(newest.getVersion(), release, known),
                (needed == null
                                ? "Start the release that was used on this database last, or a newer one"
                                : "Start Waypost " + needed + " or newer")
                        + "; or put the database back from the backup made before the update.");
    }

    private static @Nullable String releaseNeeded(JdbcClient jdbc) {
        try {
            return Installation.migratedBy(jdbc);
        } catch (DataAccessException e) {
            log.debug("The database does not say which release it needs", e);
            return null;
        }
    }

    private void verifyMeantToBeEmpty(@Nullable Mark mark) {
        if (mark != null) {
            refuseUnlessAccepted(
                    mark,
                    "The database is empty, and %s says that this node had %s up to event %d (seen %s)"
                            .formatted(markFile, mark.database(), mark.seq(), mark.seen()));
        } else if (!shared && Files.exists(keyFile)) {
            log.warn(
                    "{} is there, but the database is new: if there was one, it is not found, and nothing of it is here",
                    keyFile);
        }
    }

    private void verifyNothingLost(Mark mark, JdbcClient jdbc) {
        var found = Installation.mark(jdbc, clock.instant()).orElse(null);
        if (found == null) {
            refuseUnlessAccepted(
                    mark,
                    "The database is another one or of an older release (up to event %d), and %s says that this node had %s up"
                                    .formatted(Installation.lastSeq(jdbc), markFile, mark.database())
                            + " to event %d (seen %s)".formatted(mark.seq(), mark.seen()));
        } else if (!found.database().equals(mark.database())) {
            refuseUnlessAccepted(
                    mark,
                    "The database is another one (%s, up to event %d), and %s says that this node had %s up to event %d (seen %s)"
                            .formatted(
                                    found.database(), found.seq(), markFile, mark.database(), mark.seq(), mark.seen()));
        } else if (found.seq() < mark.seq()) {
            refuseUnlessAccepted(
                    mark,
                    "The database has lost events: it goes up to event %d, and %s says that it went up to event %d (seen %s)"
                            .formatted(found.seq(), markFile, mark.seq(), mark.seen()));
        }
    }

    private void refuseUnlessAccepted(Mark mark, String problem) {
        if (acceptLoss.contains(mark.name())) {
            log.warn("{}. Started all the same, because of waypost.storage.accept-loss", problem);
            return;
        }
        throw new CannotStart(
                problem,
                (shared
                                ? "Check that WAYPOST_DB_URL leads to the right database"
                                : "Check that WAYPOST_DATA_DIR is the right directory and that its volume is mounted")
                        + ", or put the newest backup back. To go on with what is there, and without the rest for good, start once with --waypost.storage.accept-loss="
                        + mark.name()
                        + " (WAYPOST_STORAGE_ACCEPT_LOSS).");
    }

    private static CannotStart failed(FlywayMigrateException e) {
        var migration = e.getMigration();
        return new CannotStart(
                "Migration %s of the database's schema failed: %s"
                        .formatted(migration == null ? "" : describe(migration), Texts.cause(e)),
                FROM_BACKUP,
                e);
    }

    private static CannotStart foreign(FlywayException e) {
        return e.getErrorCode() == CoreErrorCode.NON_EMPTY_SCHEMA_WITHOUT_SCHEMA_HISTORY_TABLE
                ? new CannotStart("The database holds tables that are not Waypost's", OF_ITS_OWN, e)
                : new CannotStart(
                        "The database's schema cannot be brought up to date: " + Texts.cause(e), FROM_BACKUP, e);
    }

    private static boolean isNewer(MigrationInfo migration) {
        return switch (migration.getState()) {
            case FUTURE_SUCCESS, FUTURE_FAILED -> true;
            default -> false;
        };
    }

    private static boolean isMissing(MigrationInfo migration) {
        return switch (migration.getState()) {
            case MISSING_SUCCESS, MISSING_FAILED -> true;
            default -> false;
        };
    }

    private static String describe(MigrationInfo migration) {
        return migration.getVersion() + " (" + migration.getDescription() + ")";
    }
}

package io.waypost;

import io.waypost.platform.CannotStart;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.web.server.WebServerException;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Says why the process cannot start, and what to do about it, in place of a stack trace. What a database says for itself
 * comes before what is made of it.
 */
final class StartFailures implements FailureAnalyzer, Ordered {

    /** H2: another process has the file open. */
    private static final int IN_USE = 90020;

    /** H2: the file may not be written to. */
    private static final int READ_ONLY = 90097;

    /** H2: the file is none of its, or damaged, or cannot be read (general, I/O, corrupted, I/O, version, encrypted). */
    private static final List<Integer> UNREADABLE = List.of(50000, 90028, 90030, 90031, 90048, 90049);

    private final Environment settings;

    StartFailures(Environment settings) {
        this.settings = settings;
    }

    /** What a problem and its remedy are, in sentences. */
    private record Told(String problem, String remedy) {}

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        var causes = causes(failure);
        return find(causes, SQLException.class)
                .flatMap(this::ofDatabase)
                .or(() -> find(causes, CannotStart.class).map(known -> new Told(known.problem() + ".", known.remedy())))
                .or(() -> find(causes, InvalidPathException.class).map(StartFailures::ofPath))
                .or(() -> find(causes, WebServerException.class).flatMap(StartFailures::ofTemporaryDirectory))
                .map(told -> new FailureAnalysis(told.problem, told.remedy, failure))
                .orElse(null);
    }

    private static List<Throwable> causes(Throwable failure) {
        var causes = new ArrayList<Throwable>();
        for (var cause = failure; cause != null && !causes.contains(cause); cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }

    /** The outermost of the kind. */
    private static <T> Optional<T> find(List<Throwable> causes, Class<T> kind) {
        return causes.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    private Optional<Told> ofDatabase(SQLException e) {
        var url = settings.getProperty("waypost.db.url");
        var told = url == null || url.isBlank() ? ofEmbedded(e) : ofServer(e);
        return Optional.ofNullable(told);
    }

    private @Nullable Told ofEmbedded(SQLException e) {
        var directory = settings.getProperty("waypost.data-dir");
        if (e.getErrorCode() == IN_USE) {
            return new Told(
                    "The data directory " + directory + " is in use by another process.",
                    "Stop that one first, or give this one a directory of its own (WAYPOST_DATA_DIR). For several nodes at once,"
                            + " use PostgreSQL (WAYPOST_DB_URL).");
        }
        if (e.getErrorCode() == READ_ONLY) {
            return new Told(
                    "The database file in the data directory " + directory + " may not be written to.",
                    "Give the user this process runs as the right to write to it, or make its volume writable.");
        }
        if (UNREADABLE.contains(e.getErrorCode())) {
            return new Told(
                    "The file waypost.mv.db in the data directory " + directory + " cannot be opened as a database: "
                            + innermost(e),
                    "If it is not Waypost's, set WAYPOST_DATA_DIR to another directory. If this user may not read and write"
                            + " it, give it the right to. If it is damaged, keep a copy and put a backup in its place.");
        }
        return state(e).startsWith("28")
                ? new Told(
                        "The database in the data directory " + directory + " is not Waypost's: " + e.getMessage(),
                        "Set WAYPOST_DATA_DIR to a directory of its own.")
                : null;
    }

    private static @Nullable Told ofServer(SQLException e) {
        var unknown = find(causes(e), UnknownHostException.class);
        if (unknown.isPresent()) {
            return new Told(
                    "The host of the database is not known: " + unknown.get().getMessage(),
                    "Check its name in WAYPOST_DB_URL, and that this machine can look names up.");
        }
        var state = state(e);
        if (state.equals("25006")) {
            return new Told(
                    "The database can only be read: " + e.getMessage(),
                    "Check that WAYPOST_DB_URL leads to the primary and not to a standby, and that neither the database nor"
                            + " the user is set to default_transaction_read_only.");
        }
        if (state.equals("42501") || state.equals("3F000")) {
            return new Told(
                    "The user of the database has not the rights it needs: " + e.getMessage(),
                    "Make WAYPOST_DB_USER the owner of the database and of what is in it (alter database NAME owner to USER), or"
                            + " grant it usage and create on its schema (grant usage, create on schema public to USER).");
        }
        if (state.startsWith("53")) {
            return new Told(
                    "The database has no room for this node: " + e.getMessage(),
                    "Raise its max_connections, lower waypost.db.pool, or make room on its disk.");
        }
        return List.of("08", "28", "3D", "57P").stream().anyMatch(state::startsWith)
                ? new Told(
                        "The database cannot be used: " + e.getMessage(),
                        "Check WAYPOST_DB_URL, WAYPOST_DB_USER and WAYPOST_DB_PASSWORD, and that the database is up.")
                : null;
    }

    private static String state(SQLException e) {
        return String.valueOf(e.getSQLState());
    }

    private static String innermost(Throwable e) {
        return String.valueOf(causes(e).getLast().getMessage());
    }

    private static Told ofPath(InvalidPathException e) {
        return new Told(
                "The path " + e.getInput() + " cannot be used here: " + e.getReason(),
                "If there are letters in it beyond ASCII, start with a locale that has them (LC_ALL=C.UTF-8); or use a path"
                        + " without them.");
    }

    private static Optional<Told> ofTemporaryDirectory(WebServerException e) {
        return e.getCause() instanceof IOException cause
                        && String.valueOf(e.getMessage()).contains("java.io.tmpdir")
                ? Optional.of(new Told(
                        "There is no directory for temporary files: " + cause,
                        "Make it, let this user write to it, or name another one with -Djava.io.tmpdir=DIRECTORY."))
                : Optional.empty();
    }

    /** Before those of Spring Boot, which would tell of a path that it cannot be converted. */
    @Override
    public int getOrder() {
        return 0;
    }
}

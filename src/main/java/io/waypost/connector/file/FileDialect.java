package io.waypost.connector.file;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.pool.Attempts;
import io.waypost.connector.pool.ClientDialect;
import io.waypost.connector.pool.Failures;
import io.waypost.connector.pool.JsonLines;
import io.waypost.connector.pool.Shape;
import io.waypost.platform.Violation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Appends each event as a line of JSON to a file of the tenant's. */
final class FileDialect implements ClientDialect {

    private static final String OFF = "is off; set WAYPOST_FILE_DIR to the directory that files may be written to";
    private static final int STRIPES = 64;

    private final Shape shape;
    private final Attempts attempts;
    private final @Nullable Path root;
    private final List<ReentrantLock> locks = new ArrayList<>();

    /** @param root null if no file may be written */
    FileDialect(Shape shape, Attempts attempts, @Nullable Path root) {
        this.shape = shape;
        this.attempts = attempts;
        this.root = root;
        for (int i = 0; i < STRIPES; i++) {
            locks.add(new ReentrantLock());
        }
    }

    @Override
    public List<Violation> violations(ObjectNode config) {
        var found = new ArrayList<>(shape.violations(config));
        if (root == null) {
            found.add(new Violation("/path", "cannot be written: this connector " + OFF));
        }
        return found;
    }

    /** It has no secrets to send. */
    @Override
    public Set<String> places() {
        return Set.of();
    }

    @Override
    public Outcome send(Message message) {
        if (root == null) {
            return new Gone(Failure.CONNECTOR_FAILED, "this connector " + OFF, null, null);
        }
        var input = shape.of(message);
        var parts = parts(message.event().tenant(), Objects.requireNonNullElse(input.text("path"), ""));
        var lines = JsonLines.of(input, "body").getBytes(StandardCharsets.UTF_8);
        var files = new SafeFiles(root);
        var lock = locks.get(Math.floorMod(parts.hashCode(), STRIPES));
        return attempts.within(
                message.timeout(),
                () -> {
                    // One at a time, so that what one could not write whole takes nothing of another with it.
                    lock.lockInterruptibly();
                    try {
                        files.append(parts, lines);
                    } finally {
                        lock.unlock();
                    }
                    return new Succeeded(null, null);
                },
                e -> new Failed(
                        Failure.CONNECTOR_FAILED,
                        "%s: %s".formatted(e.getClass().getSimpleName(), told(e))));
    }

    @Override
    public CheckResult check(ObjectNode config) {
        var problems = violations(config);
        if (!problems.isEmpty() || root == null) {
            return new CheckResult(
                    false,
                    problems.isEmpty()
                            ? OFF
                            : problems.getFirst().pointer() + " "
                                    + problems.getFirst().detail());
        }
        return new SafeFiles(root).ready()
                ? new CheckResult(true, "The directory can be written to; nothing was.")
                : new CheckResult(false, "The directory is not there, or cannot be written to.");
    }

    /** Below a directory of the tenant's: one tenant never writes into another's files. */
    private static List<String> parts(String tenant, String path) {
        try {
            return SafeFiles.parts(tenant + "/" + path);
        } catch (IllegalArgumentException e) {
            throw new ExpressionFailed("path: " + e.getMessage(), e);
        }
    }

    /** Without the place of the directory, which is the operator's. */
    private String told(Exception e) {
        return root == null ? "" : Failures.message(e).replace(root.toString(), "");
    }
}

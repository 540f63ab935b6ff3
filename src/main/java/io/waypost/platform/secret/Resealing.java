package io.waypost.platform.secret;

import io.waypost.platform.SecretBox.CannotOpen;
import io.waypost.platform.Texts;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.platform.node.Nodes;
import io.waypost.platform.secret.SealedRows.Change;
import io.waypost.platform.secret.SealedRows.Row;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedRuntimeException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Seals what is stored again with the present key and for its place, once all nodes that live seal with that key: before,
 * the others would go on sealing with theirs, or take back what this one does. All nodes may do it at once.
 */
@Component
class Resealing implements SecretKeys {

    private static final Logger log = LoggerFactory.getLogger(Resealing.class);

    /** Rows in one transaction. */
    private static final int AT_ONCE = 100;

    /** Looking through all that is stored is repeated that often while something cannot be opened, or nodes are waited for. */
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private final SealedRows rows;
    private final AesSecretBox box;
    private final KeyCheck check;
    private final Nodes nodes;
    private final SteadyClock clock;

    private volatile Status status = new Status(false, 0, 0, 0, List.of());
    private boolean everything;
    private @Nullable Instant passed;
    /** The other nodes at the last look, each with the beginning of what it seals. */
    private Map<String, String> others = Map.of();

    Resealing(SealedRows rows, AesSecretBox box, KeyCheck check, Nodes nodes, Clock clock) {
        this.rows = rows;
        this.box = box;
        this.check = check;
        this.nodes = nodes;
        this.clock = SteadyClock.of(clock);
        this.everything = check.foundUnopened();
    }

    @Override
    public Status status() {
        return status;
    }

    @Scheduled(fixedDelayString = "${waypost.secret.reseal-every:10s}")
    void look() {
        try {
            lookOnce();
        } catch (NestedRuntimeException e) {
            // That the database is away is told elsewhere, and when it is back.
            log.debug("What is sealed with former keys waits: {}", Texts.cause(e));
        }
    }

    void lookOnce() {
        rows.announce(nodes.id(), box.prefix());
        var found = rows.others(nodes.id());
        box.bindsNew(!found.containsValue(SealedRows.OLDER));
        var now = clock.now();
        if (found.equals(others)
                && ((status.settled() && status.unopened() == 0)
                        || (passed != null && now.isBefore(passed.plus(AGAIN))))) {
            return;
        }
        var differ = (int) found.values().stream()
                .filter(prefix -> !prefix.equals(box.prefix()))
                .count();
        var before = status;
        status = differ == 0 ? reseal() : count(differ);
        others = found;
        passed = now;
        tell(before, status);
    }

    /** While other nodes seal with another key, which this one may not have. */
    private Status count(int differ) {
        var unopened = new Unopened();
        each(_ -> box.prefixes(), page -> page.forEach(unopened::add));
        return new Status(true, rows.count(Set.of(box.prefix())), differ, unopened.count(), unopened.shown());
    }

    private Status reseal() {
        var unopened = new Unopened();
        var resealed = new TreeMap<String, Integer>();
        // Nothing tells what was damaged or moved from the rest, but that it does not open: looked for if there was
        // such at the start.
        each(table -> everything && rows.isKept(table) ? Set.of() : Set.of(box.prefix()), page -> {
            var changes = page.stream()
                    .map(row -> resealed(row, unopened))
                    .filter(Objects::nonNull)
                    .toList();
            if (!changes.isEmpty()) {
                resealed.merge(page.getFirst().table(), rows.replace(changes), Integer::sum);
            }
        });
        if (!resealed.isEmpty()) {
            log.info("Sealed with the present secret key: {}", resealed);
        }
        everything = everything && unopened.count() > 0;
        var foundNothing = resealed.isEmpty() && unopened.count() == 0;
        var left = foundNothing ? 0 : rows.count(Set.of(box.prefix()));
        if (left == 0) {
            check.allBound(box);
        }
        return new Status(true, left, 0, unopened.count(), unopened.shown());
    }

    private void each(Function<String, Collection<String>> prefixes, Consumer<List<Row>> look) {
        for (var table : rows.tables()) {
            var after = "";
            List<Row> page;
            do {
                page = rows.next(table, prefixes.apply(table), after, AT_ONCE);
                look.accept(page);
                after = page.isEmpty() ? after : page.getLast().id();
            } while (page.size() == AT_ONCE);
        }
    }

    private @Nullable Change resealed(Row row, Unopened unopened) {
        if (row.fields().values().stream().allMatch(value -> value.startsWith(box.prefix()))) {
            unopened.look(box, row);
            return null;
        }
        var fresh = new HashMap<String, String>();
        try {
            row.fields().forEach((field, value) -> {
                var place = row.place(field);
                fresh.put(field, box.seal(place, box.open(place, value)));
            });
            return new Change(row, fresh);
        } catch (CannotOpen e) {
            unopened.add(row);
            return null;
        }
    }

    private static void tell(Status before, Status now) {
        if (now.unopened() > 0 && now.unopened() != before.unopened()) {
            log.error(
                    "{} rows cannot be opened with the secret keys of this node: {}; they wait for theirs",
                    now.unopened(),
                    String.join(", ", now.examples()));
        }
        if (now.others() > 0 && now.former() > 0 && now.former() != before.former()) {
            log.info(
                    "{} rows are sealed with another key than the present one. They are sealed again once all nodes seal with"
                            + " it: {} do not yet",
                    now.former(),
                    now.others());
        }
        if (now.settled() && !before.settled() && before.looked()) {
            log.info(
                    "All that is stored is sealed with the present secret key: the former ones are not needed any more");
        }
    }
}

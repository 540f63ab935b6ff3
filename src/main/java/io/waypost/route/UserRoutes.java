package io.waypost.route;

import io.waypost.platform.files.DirectoryWatch;
import io.waypost.route.RouteStatus.State;
import io.waypost.route.check.Mistake;
import io.waypost.route.check.RouteFile;
import io.waypost.route.check.RouteReader;
import io.waypost.route.delivery.FlowSubscriptions;
import io.waypost.route.delivery.RunningFlows;
import io.waypost.subscription.Subscription;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the user's directory as routes. Each is checked, tried out, and only then put in the place of what it was
 * before; one that cannot be used leaves that running.
 */
final class UserRoutes implements Routes, DirectoryWatch.Listener {

    static final String SUFFIX = ".camel.yaml";

    private static final Logger LOG = LoggerFactory.getLogger(UserRoutes.class);

    /** After so many looks at the directory a file that could not be started is tried again: its connector may be there now. */
    private static final int LOOKS_UNTIL_RETRY = 60;

    private final Pipeline pipeline;
    private final RouteReader reader;
    private final FlowRuntime runtime;
    private final RunningFlows running;
    private final FlowSubscriptions subscriptions;
    private final Map<String, Entry> entries = new ConcurrentSkipListMap<>();
    private volatile boolean started;
    private boolean unsettled;
    private int looks;

    /**
     * A file.
     *
     * @param seen as it was last looked at, so that it is looked at once only
     * @param runs what of it runs: an earlier version, if the last one cannot be used
     * @param again whether another try may go better
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Entry(
            byte[] seen, RouteFile runs, @Nullable Mistake error, boolean again) {}

    UserRoutes(
            Pipeline pipeline,
            RouteReader reader,
            FlowRuntime runtime,
            RunningFlows running,
            FlowSubscriptions subscriptions) {
        this.pipeline = pipeline;
        this.reader = reader;
        this.runtime = runtime;
        this.running = running;
        this.subscriptions = subscriptions;
    }

    /** Starts what is there, once the pipeline runs. */
    synchronized void start() {
        started = true;
        entries.forEach((file, entry) -> {
            if (entry.error == null) {
                take(file, entry.seen);
            }
        });
        unsettled = true;
        tidy();
    }

    /** Stops the routes that begin by themselves, once what is under way in them is done. */
    synchronized void stopSources() {
        runtime.stopSources();
    }

    synchronized void stop() {
        started = false;
        runtime.stop();
    }

    @Override
    public boolean isStarted() {
        return started;
    }

    @Override
    public synchronized void put(String file, byte[] content) {
        var known = entries.get(file);
        if (pipeline.ships(file, content) || (known != null && Arrays.equals(known.seen, content))) {
            return; // in a checkout of the sources this directory holds the pipeline too
        }
        if (started) {
            take(file, content);
        } else {
            entries.put(file, new Entry(content, RouteFile.NONE, null, false));
        }
    }

    @Override
    public synchronized void unreadable(String file, IOException why) {
        refuse(file, new byte[0], new Mistake(1, "the file cannot be read: " + why), true);
    }

    @Override
    public synchronized void remove(String file) {
        var entry = entries.remove(file);
        if (entry != null) {
            runtime.stop(entry.runs.ids());
            unsettled = true;
            LOG.info("The routes of {} are gone with the file: {}", file, entry.runs.ids());
        }
    }

    @Override
    public synchronized void tidy() {
        if (unsettled) {
            subscriptions.onlyThese(runningRoutes());
            unsettled = false;
        }
        subscriptions.tidy();
        if (++looks % LOOKS_UNTIL_RETRY == 0) {
            // A route that is not here may have ended elsewhere with its node.
            unsettled = true;
            entries.forEach((file, entry) -> {
                if (entry.again) {
                    take(file, entry.seen);
                }
            });
        }
    }

    @Override
    public List<RouteStatus> list() {
        var known = subscriptions.list().stream()
                .collect(Collectors.toMap(
                        s -> String.valueOf(s.definition().name()), Subscription::id, (newer, _) -> newer));
        var all = new ArrayList<RouteStatus>();
        entries.forEach((file, entry) -> {
            var routes = entry.runs.ids();
            routes.forEach(id -> all.add(new RouteStatus(
                    file, id, runtime.runs(id) ? State.STARTED : State.STOPPED, entry.error, known.get(id))));
            if (routes.isEmpty() && entry.error != null) {
                failed(file, entry, known).forEach(all::add);
            }
        });
        return List.copyOf(all);
    }

    @Override
    public Map<String, Mistake> mistakes() {
        var all = new TreeMap<String, Mistake>();
        entries.forEach((file, entry) -> {
            if (entry.error != null) {
                all.put(file, entry.error);
            }
        });
        return all;
    }

    private List<RouteStatus> failed(String file, Entry entry, Map<String, String> known) {
        var named = reader.read(entry.seen).ids();
        if (named.isEmpty()) {
            return List.of(new RouteStatus(file, null, State.FAILED, entry.error, null));
        }
        return named.stream()
                .distinct()
                .map(id -> new RouteStatus(file, id, State.FAILED, entry.error, known.get(id)))
                .toList();
    }

    @Override
    public List<Mistake> validate(byte[] content, @Nullable String file) {
        var read = reader.read(content);
        var name = file == null ? "flow" + SUFFIX : file;
        var mistakes = mistakes(name, read, file != null);
        return mistakes.isEmpty() ? runtime.tried(name, read).map(List::of).orElse(List.of()) : mistakes;
    }

    private void take(String file, byte[] content) {
        var read = reader.read(content);
        var mistakes = mistakes(file, read, true);
        if (!mistakes.isEmpty()) {
            // An id that another file has may be free later.
            refuse(file, content, mistakes.getFirst(), read.mistakes().isEmpty());
            return;
        }
        var tried = runtime.tried(file, read);
        if (tried.isPresent()) {
            refuse(file, content, tried.get(), true);
            return;
        }
        replace(file, content, read);
    }

    private void replace(String file, byte[] content, RouteFile next) {
        var before = Optional.ofNullable(entries.get(file)).map(Entry::runs).orElse(RouteFile.NONE);
        running.restarting(Set.copyOf(next.ids()));
        try {
            runtime.stop(before.ids());
            var failure = runtime.started(file, next);
            if (failure.isEmpty()) {
                entries.put(file, new Entry(content, next, null, false));
                LOG.info("The routes of {} run: {}", file, next.ids());
            } else {
                entries.put(file, new Entry(content, restored(file, before), null, false));
                refuse(file, content, failure.get(), true);
            }
        } finally {
            running.restarted();
            unsettled = true;
        }
    }

    private RouteFile restored(String file, RouteFile before) {
        return before.ids().isEmpty() || runtime.started(file, before).isPresent() ? RouteFile.NONE : before;
    }

    /** Notes what is wrong with a file. What it was before goes on. */
    private void refuse(String file, byte[] content, Mistake mistake, boolean again) {
        var known = entries.get(file);
        var runs = known == null ? RouteFile.NONE : known.runs;
        var goesOn = runs.ids().isEmpty() ? "" : "; the file's routes go on as they were before";
        var told = new Mistake(mistake.line(), mistake.detail() + goesOn);
        if (known == null || !told.equals(known.error)) {
            LOG.warn("The routes of {} cannot be used: {}", file, told);
        }
        entries.put(file, new Entry(content, runs, told, again));
    }

    private List<Mistake> mistakes(String file, RouteFile read, boolean besideOthers) {
        var all = new ArrayList<>(read.mistakes());
        if (pipeline.names(file)) {
            all.add(new Mistake(1, "%s is the name of a file of the pipeline; give it another one".formatted(file)));
        }
        for (var route : read.routes()) {
            if (pipeline.runs(route.id())) {
                all.add(new Mistake(route.line(), "the id %s is one of the pipeline's".formatted(route.id())));
            } else if (besideOthers) {
                other(file, route.id())
                        .ifPresent(other -> all.add(new Mistake(
                                route.line(), "the id %s is there already, in %s".formatted(route.id(), other))));
            }
        }
        return all;
    }

    private Optional<String> other(String file, String id) {
        return entries.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(file)
                        && entry.getValue().runs.ids().contains(id))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private Set<String> runningRoutes() {
        var all = new HashSet<String>();
        entries.values()
                .forEach(
                        entry -> entry.runs.ids().stream().filter(runtime::runs).forEach(all::add));
        return all;
    }
}

package io.waypost.intake.source;

import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** Which vendors there are: those whose route runs. */
@Component
public class SourceKinds {

    private final Map<String, Running> running = new ConcurrentHashMap<>();

    /** A vendor and the route its posts go through. */
    record Running(SourceKind kind, Way way) {}

    /** Takes one post through the route. */
    @FunctionalInterface
    public interface Way {

        /** @throws Exception what the route failed of */
        void take(Source source, Posting posting) throws Exception;
    }

    /** Says that the route of a vendor runs. */
    public void add(SourceKind kind, Way way) {
        running.put(kind.name(), new Running(kind, way));
    }

    /** Says that it does not any more. */
    public void remove(SourceKind kind) {
        running.computeIfPresent(kind.name(), (_, known) -> known.kind().equals(kind) ? null : known);
    }

    public Optional<SourceKind> find(String name) {
        return running(name).map(Running::kind);
    }

    Optional<Running> running(String name) {
        return Optional.ofNullable(running.get(name));
    }

    public SortedSet<String> names() {
        return new TreeSet<>(running.keySet());
    }
}

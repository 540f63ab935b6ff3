package io.waypost.platform.node;

import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.WaypostProperties;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.dao.DataAccessResourceFailureException;

/** Nodes of a database that is not there. */
public final class TestNodes implements NodeStore {

    static final WaypostProperties SHARED =
            TestProperties.of(Map.of("waypost.db.url", "jdbc:postgresql://127.0.0.1/none"));

    private final Set<String> living = ConcurrentHashMap.newKeySet();
    /** Whether nobody can reach it. */
    boolean away;

    /** So many that know of each other. */
    public static List<Nodes> together(int count) {
        var database = new TestNodes();
        var nodes = Stream.generate(database::node).limit(count).toList();
        nodes.forEach(Nodes::look);
        nodes.forEach(Nodes::look);
        return nodes;
    }

    /** The only one there is. */
    public static Nodes alone() {
        return together(1).getFirst();
    }

    /** One that nobody has heard of yet. */
    Nodes node() {
        return new Nodes(this, new SettableClock("2026-03-01T12:00:00Z"), SHARED);
    }

    @Override
    public void beat(String id) {
        verifyThere();
        living.add(id);
    }

    @Override
    public Set<String> living(Duration silence) {
        return Set.copyOf(living);
    }

    @Override
    public void leave(String id) {
        verifyThere();
        living.remove(id);
    }

    private void verifyThere() {
        if (away) {
            throw new DataAccessResourceFailureException("away");
        }
    }
}

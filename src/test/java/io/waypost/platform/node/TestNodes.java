package io.waypost.platform.node;

import io.waypost.platform.TestProperties;
import io.waypost.platform.WaypostProperties;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.springframework.dao.DataAccessResourceFailureException;

/** Nodes of a database that is not there. */
public final class TestNodes implements NodeStore {

    static final WaypostProperties SHARED =
            TestProperties.of(Map.of("waypost.db.url", "jdbc:postgresql://127.0.0.1/none"));

    /** A node that is called something. */
    public static final NodeId ID = new NodeId("node_1");

    private static final AtomicInteger MADE = new AtomicInteger();

    private final Set<String> living = ConcurrentHashMap.newKeySet();
    /** Whose claims were left alone, each time those of the others were given up. */
    final List<Set<String>> released = new CopyOnWriteArrayList<>();

    private final List<Nodes> joined = new CopyOnWriteArrayList<>();

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

    /** One more, that all that have joined before know of when this returns. */
    public Nodes join() {
        var node = node();
        node.look();
        joined.add(node);
        joined.forEach(Nodes::look);
        return node;
    }

    /** One that nobody has heard of yet. */
    Nodes node() {
        return new Nodes(this, new NodeId("node_t" + MADE.incrementAndGet()), SHARED);
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
    public int release(Set<String> others) {
        released.add(others);
        return 0;
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

package io.waypost.platform.node;

import io.waypost.platform.Fault;
import io.waypost.platform.Texts;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.Worker;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * This node and the others on its database. Each says every two seconds that it lives, and one that has been silent for ten
 * does not count as living. An embedded database has one node only: there nothing is written.
 */
@Component
public final class Nodes implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Nodes.class);

    private static final Duration BEAT = Duration.ofSeconds(2);

    /** By then all others have looked. */
    private static final Duration NOTICED = BEAT.plusMillis(500);

    private static final Duration SILENCE = Duration.ofSeconds(10);

    private final Fault fault =
            new Fault(log, "The other nodes cannot be told that this one lives", "The other nodes are told again");
    private final NodeStore store;
    private final boolean shared;
    private final String id;
    private volatile Set<String> living;
    private long beaten;
    private boolean claimsOfTheDead = true;
    private volatile boolean running;
    private CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Worker worker;

    Nodes(NodeStore store, NodeId id, WaypostProperties properties) {
        this.store = store;
        this.shared = properties.db().shared();
        this.id = id.text();
        this.living = Set.of(id.text());
    }

    /** Of this node; another one after each start. */
    public String id() {
        return id;
    }

    /**
     * The ids of the nodes that live, this one among them, as of a look at most two seconds ago; while the database cannot be
     * reached, as of the last one. Read from memory. A node is among them on all others before it begins to work.
     */
    public Set<String> living() {
        return living;
    }

    /** Says that this node lives, looks who else does, and gives up what those claim that do not. */
    void look() {
        store.beat(id);
        var found = new HashSet<>(store.living(SILENCE));
        found.add(id);
        // Who could not say that it lives must not say it of others: perhaps none of them could.
        var judges =
                beaten != 0 && System.nanoTime() - beaten < SILENCE.dividedBy(2).toNanos();
        beaten = System.nanoTime();
        if (!judges) {
            found.addAll(living);
        }
        // At its first judgement it cannot know who died before it came.
        claimsOfTheDead |= !found.containsAll(living);
        if (!found.equals(living)) {
            log.info("Nodes that live: {}", found.size());
            living = Set.copyOf(found);
        }
        if (judges && claimsOfTheDead) {
            var released = store.release(living);
            claimsOfTheDead = false;
            if (released > 0) {
                log.info("Of nodes that do not live {} claims are given up", released);
            }
        }
    }

    private void run() {
        try {
            while (!ended.await(BEAT.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    look();
                    fault.over();
                } catch (RuntimeException | Error e) {
                    fault.failed(e);
                }
            }
            store.leave(id);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.warn("Could not tell the other nodes that this one ends, they will see: {}", Texts.cause(e));
        }
    }

    /** Returns when the others know of this node: until then they would count on what it takes for its own. */
    @Override
    public void start() {
        running = true;
        if (!shared) {
            return;
        }
        var end = new CountDownLatch(1);
        ended = end;
        look();
        worker = Worker.start("node", this::run);
        if (living.size() > 1) {
            try {
                var _ = end.await(NOTICED.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void stop() {
        running = false;
        ended.countDown();
        var started = worker;
        if (started != null) {
            started.awaitEnd(Duration.ofSeconds(5));
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Starts before whatever works, and stops after it. */
    @Override
    public int getPhase() {
        return -10;
    }
}

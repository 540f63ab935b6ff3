package io.waypost.event.log;

import io.waypost.event.Appends;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.platform.TestProperties;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** The open segments of a node, of which it is known which were closed. */
public final class TestSegments extends OpenSegments {

    private final List<LogSegment.Key> closed = new CopyOnWriteArrayList<>();

    public TestSegments(EventLog events, Clock clock) {
        super(events, new Appends(), clock, TestProperties.of(Map.of()));
    }

    /** In the order in which they were, each as often as it was. */
    public List<LogSegment.Key> closed() {
        return closed;
    }

    @Override
    public void closed(LogSegment.Key segment) {
        closed.add(segment);
        super.closed(segment);
    }
}

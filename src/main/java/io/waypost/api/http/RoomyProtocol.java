package io.waypost.api.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.jspecify.annotations.Nullable;

/**
 * Keeps room for new connections. Tomcat takes no more than its most, and then a connection on which nothing is asked keeps
 * its place until its own time is over, and whoever comes next waits, health probes too. Here connections that do nothing are
 * closed within two seconds while more than three quarters of the places are taken. Tomcat makes this by its name.
 */
public final class RoomyProtocol extends Http11NioProtocol {

    /** What has not moved from one look to the next does nothing. */
    private static final long EVERY_MILLIS = 250;

    /** When something came last on those that did nothing at the last look. */
    private Map<NioSocketWrapper, Long> before = Map.of();

    private @Nullable ScheduledFuture<?> watch;

    @Override
    public void start() throws Exception {
        // What has timed out is looked for as often, too.
        setSelectorTimeout(EVERY_MILLIS);
        getEndpoint().getSocketProperties().setTimeoutInterval(EVERY_MILLIS);
        super.start();
        watch = getUtilityExecutor()
                .scheduleWithFixedDelay(this::closeIdle, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() throws Exception {
        if (watch != null) {
            watch.cancel(false);
        }
        super.stop();
    }

    private void closeIdle() {
        var now = new HashMap<NioSocketWrapper, Long>();
        if (getConnectionCount() > getMaxConnections() * 3L / 4) {
            for (var connection : getEndpoint().getConnections()) {
                // A processor is there from the first byte of a request to the end of its answer.
                if (connection instanceof NioSocketWrapper idle && idle.getCurrentProcessor() == null) {
                    var lastRead = idle.getLastRead();
                    if (Objects.equals(before.get(idle), lastRead)) {
                        // The poller of Tomcat, which looks once a second, closes it as after any other time-out.
                        idle.setReadTimeout(1);
                    }
                    now.put(idle, lastRead);
                }
            }
        }
        before = now;
    }
}

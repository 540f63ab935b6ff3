package io.waypost.api.http;

import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Keeps room for new connections. Tomcat takes no more than its most, and then a connection on which nothing is asked keeps
 * its place until its own time is over, and whoever comes next waits, health probes too. Here connections that do nothing are
 * closed within two seconds while more than three quarters of the places are taken. Tomcat makes this by its name.
 */
public final class RoomyProtocol extends Http11NioProtocol {

    public RoomyProtocol() {
        super(new Endpoint());
    }

    private static final class Endpoint extends NioEndpoint {

        /** What has not moved from one look to the next does nothing. */
        private static final int EVERY_MILLIS = 250;

        private static final int UNHURRIED_MILLIS = 1_000;

        /** When something came last on those that did nothing at the last look. */
        private Map<NioSocketWrapper, Long> before = Map.of();

        /** Null while there is room. */
        private volatile @Nullable ScheduledFuture<?> watch;

        @Override
        protected boolean setSocketOptions(SocketChannel accepted) {
            if (watch == null && isCrowded()) {
                watch();
            }
            return super.setSocketOptions(accepted);
        }

        private boolean isCrowded() {
            return getConnectionCount() > getMaxConnections() * 3L / 4;
        }

        private synchronized void watch() {
            lookForTimeOutsEvery(EVERY_MILLIS);
            watch = getUtilityExecutor()
                    .scheduleWithFixedDelay(this::closeIdle, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }

        private synchronized void unwatch() {
            var current = watch;
            if (current != null) {
                current.cancel(false);
                watch = null;
            }
            before = Map.of();
            lookForTimeOutsEvery(UNHURRIED_MILLIS);
        }

        private void lookForTimeOutsEvery(int millis) {
            setSelectorTimeout(millis);
            getSocketProperties().setTimeoutInterval(millis);
        }

        private synchronized void closeIdle() {
            if (!isCrowded()) {
                unwatch();
                return;
            }
            var now = new HashMap<NioSocketWrapper, Long>();
            for (var connection : getConnections()) {
                // A processor is there from the first byte of a request to the end of its answer.
                if (connection instanceof NioSocketWrapper idle && idle.getCurrentProcessor() == null) {
                    var lastRead = idle.getLastRead();
                    if (Objects.equals(before.get(idle), lastRead)) {
                        // The poller of Tomcat closes it as after any other time-out.
                        idle.setReadTimeout(1);
                    }
                    now.put(idle, lastRead);
                }
            }
            before = now;
        }

        @Override
        public void stopInternal() {
            unwatch();
            super.stopInternal();
        }
    }
}

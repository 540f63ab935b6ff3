package io.waypost.route.camel;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.support.DefaultThreadPoolFactory;

/**
 * Makes the thread pools of all Camel contexts. With virtual threads Camel's own scheduled pools keep no thread
 * ({@code corePoolSize} 0), and a pool of the JDK that has something scheduled then looks for it a hundred times a second
 * (JDK-8129861): one of them took more than all else that an idle gateway does. Here such a pool keeps a thread. Camel finds this
 * by {@code META-INF/services/org/apache/camel/thread-pool-factory}.
 */
public final class RestingPools extends DefaultThreadPoolFactory {

    @Override
    public ScheduledExecutorService newScheduledThreadPool(ThreadPoolProfile profile, ThreadFactory threads) {
        var pool = super.newScheduledThreadPool(profile, threads);
        if (pool instanceof ThreadPoolExecutor made && made.getCorePoolSize() == 0) {
            made.setCorePoolSize(1);
        }
        return pool;
    }
}

package io.waypost.connector.pool;

import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Dialect;
import io.waypost.connector.Expressions;
import io.waypost.connector.pool.Pool.Limits;
import io.waypost.connector.pool.PooledDialect.Owned;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Makes the dialects of the connectors that pool clients, and closes clients that are idle. */
@Component
public final class Pools implements AutoCloseable {

    private final Expressions expressions;
    private final Attempts attempts;
    private final List<Pool<?, ?>> pools = new CopyOnWriteArrayList<>();

    public Pools(Expressions expressions, Attempts attempts) {
        this.expressions = expressions;
        this.attempts = attempts;
    }

    /** The source of one connector's dialect. Nothing is made of a client before its first use. */
    public <K, C extends Client, P> Dialect.Source source(String connector, Limits limits, Kind<K, C, P> kind) {
        var pool =
                new Pool<Owned<K>, C>(limits, owned -> kind.open(owned.destination()), Owned::tenant, System::nanoTime);
        pools.add(pool);
        return description ->
                description.name().equals(connector) ? Optional.of(dialect(description, kind, pool)) : Optional.empty();
    }

    /** How many destinations have clients now, over all connectors. */
    public int size() {
        return pools.stream().mapToInt(Pool::size).sum();
    }

    /** Closes what was idle for too long. */
    @Scheduled(fixedDelayString = "${waypost.pools.tidy:10s}")
    public void tidy() {
        pools.forEach(Pool::tidy);
    }

    @Override
    public void close() {
        pools.forEach(Pool::close);
    }

    private <K, C extends Client, P> Dialect dialect(
            ConnectorDescription connector, Kind<K, C, P> kind, Pool<Owned<K>, C> pool) {
        return new PooledDialect<>(kind, connector, expressions, pool, attempts);
    }
}

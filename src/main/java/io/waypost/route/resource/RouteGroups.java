package io.waypost.route.resource;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.processor.aggregate.jdbc.JdbcAggregationRepository;
import org.apache.camel.spi.OptimisticLockingAggregationRepository;
import org.apache.camel.spi.RecoverableAggregationRepository;
import org.apache.camel.support.service.ServiceSupport;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one route, within a repository that routes share: keys and ids begin with the route's. No step is cut off
 * half-way.
 */
final class RouteGroups extends ServiceSupport
        implements RecoverableAggregationRepository, OptimisticLockingAggregationRepository {

    private final String prefix;
    private final JdbcAggregationRepository all;

    RouteGroups(String route, JdbcAggregationRepository all) {
        this.prefix = route + "/";
        this.all = all;
    }

    @Override
    public @Nullable Exchange add(CamelContext context, String key, @Nullable Exchange before, Exchange added) {
        return Undisturbed.<@Nullable Exchange>call(() -> all.add(context, prefix + key, before, named(added)));
    }

    @Override
    public @Nullable Exchange add(CamelContext context, String key, Exchange exchange) {
        return Undisturbed.<@Nullable Exchange>call(() -> all.add(context, prefix + key, named(exchange)));
    }

    @Override
    public @Nullable Exchange get(CamelContext context, String key) {
        return Undisturbed.<@Nullable Exchange>call(() -> all.get(context, prefix + key));
    }

    @Override
    public void remove(CamelContext context, String key, Exchange exchange) {
        Undisturbed.run(() -> all.remove(context, prefix + key, exchange));
    }

    @Override
    public void confirm(CamelContext context, String exchangeId) {
        Undisturbed.run(() -> all.confirm(context, exchangeId));
    }

    @Override
    public Set<String> getKeys() {
        return mine(Undisturbed.call(all::getKeys))
                .map(key -> key.substring(prefix.length()))
                .collect(Collectors.toSet());
    }

    @Override
    public Set<String> scan(CamelContext context) {
        return mine(Undisturbed.call(() -> all.scan(context))).collect(Collectors.toSet());
    }

    @Override
    public @Nullable Exchange recover(CamelContext context, String exchangeId) {
        return Undisturbed.<@Nullable Exchange>call(() -> all.recover(context, exchangeId));
    }

    @Override
    public void setRecoveryInterval(long interval, TimeUnit unit) {
        all.setRecoveryInterval(interval, unit);
    }

    @Override
    public void setRecoveryInterval(long interval) {
        all.setRecoveryInterval(interval);
    }

    @Override
    public long getRecoveryInterval() {
        return all.getRecoveryInterval();
    }

    @Override
    public void setUseRecovery(boolean recovery) {
        all.setUseRecovery(recovery);
    }

    @Override
    public boolean isUseRecovery() {
        return all.isUseRecovery();
    }

    @Override
    public void setDeadLetterUri(@Nullable String uri) {
        all.setDeadLetterUri(uri);
    }

    @Override
    public @Nullable String getDeadLetterUri() {
        return all.getDeadLetterUri();
    }

    @Override
    public void setMaximumRedeliveries(int most) {
        all.setMaximumRedeliveries(most);
    }

    @Override
    public int getMaximumRedeliveries() {
        return all.getMaximumRedeliveries();
    }

    @Override
    protected void doStart() {
        all.start();
    }

    @Override
    protected void doStop() {
        all.stop();
    }

    /** A completed group is known by the id of its exchange. */
    private Exchange named(Exchange exchange) {
        if (!exchange.getExchangeId().startsWith(prefix)) {
            exchange.setExchangeId(prefix + exchange.getExchangeId());
        }
        return exchange;
    }

    private java.util.stream.Stream<String> mine(Set<String> names) {
        return names.stream().filter(name -> name.startsWith(prefix));
    }
}

package io.waypost.api;

import io.waypost.api.http.Query;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.platform.Fields;
import io.waypost.platform.Refused;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscriptions;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Tenants;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Keeps tenants apart: for whom a request acts, and what it may see. What is another tenant's does not exist. */
@Component
public final class Owners {

    private static final int LONGEST_ID = 63;
    private static final String RULE = "must be an existing tenant";

    private final Tenants tenants;
    private final Subscriptions subscriptions;
    private final EventLog log;

    Owners(Tenants tenants, Subscriptions subscriptions, EventLog log) {
        this.tenants = tenants;
        this.subscriptions = subscriptions;
        this.log = log;
    }

    /**
     * Whose the thing in the body will be; a tenant that does not exist is reported to the fields.
     *
     * @throws Refused (not allowed) if a tenant's key names another
     */
    public String named(Caller caller, Fields fields) {
        var named = fields.line("tenant", LONGEST_ID);
        if (named == null) {
            return caller.tenant() == null ? Tenants.DEFAULT : caller.tenant();
        }
        if (!exists(caller, named)) {
            fields.wrong("tenant", RULE);
        }
        return named;
    }

    /**
     * Whose things to list: of a tenant's key its own, of an admin key those of {@code ?tenant=}, or (null) all.
     *
     * @throws Refused (not allowed) if a tenant's key names another
     */
    public @Nullable String listed(Caller caller, Query query) {
        var named = query.text("tenant");
        if (named == null) {
            return caller.tenant();
        }
        return exists(caller, named) ? named : query.wrong("tenant", RULE);
    }

    private boolean exists(Caller caller, String named) {
        if (!caller.sees(named)) {
            throw Refused.notAllowed("This key may not act for the tenant " + named);
        }
        return tenants.exists(named);
    }

    /** @throws Refused (not found) */
    public Subscription subscription(Caller caller, String id) {
        var subscription = subscriptions.get(id);
        if (!caller.sees(subscription.tenant())) {
            throw Refused.notFound(id);
        }
        return subscription;
    }

    /** @throws Refused (not found) */
    public Event event(Caller caller, String id) {
        return log.find(Event.seqOf(id))
                .filter(event -> event.id().equals(id) && caller.sees(event.tenant()))
                .orElseThrow(() -> Refused.notFound(id));
    }
}

package io.waypost.connector;

import java.util.concurrent.Callable;

/** On whose behalf this thread reaches out, for what is shared out among tenants. */
public final class Asker {

    /** What the gateway asks for on its own account has a share like a tenant's. */
    private static final String GATEWAY = "";

    private static final ScopedValue<String> TENANT = ScopedValue.newInstance();

    private Asker() {}

    /** The id of the tenant; empty if it is the gateway itself. */
    public static String current() {
        return TENANT.orElse(GATEWAY);
    }

    /** Does something on behalf of a tenant. Threads that it starts have to be told, with {@link #current}. */
    public static <T, X extends Throwable> T as(String tenant, ScopedValue.CallableOp<T, X> work) throws X {
        return ScopedValue.where(TENANT, tenant).call(work);
    }

    /** The same work for another thread, on behalf of whom this one works for. */
    public static <T> Callable<T> handedOn(Callable<T> work) {
        var tenant = current();
        return () -> as(tenant, work::call);
    }
}

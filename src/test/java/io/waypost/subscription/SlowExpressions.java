package io.waypost.subscription;

/** Makes the gateway take an expression for a slow one, however fast the machine is. */
public final class SlowExpressions {

    private SlowExpressions() {}

    public static void remember(Evaluations evaluations, String tenant, String expression) {
        evaluations.remember(tenant, expression);
    }
}

package io.waypost.delivery.circuit;

/** For looking only. */
public interface CircuitStates {

    /** How the circuit of the subscription with that internal number stands on this node. */
    CircuitState of(long subscription);
}

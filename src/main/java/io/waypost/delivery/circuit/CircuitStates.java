package io.waypost.delivery.circuit;

/** Read access to the circuits. */
public interface CircuitStates {

    /** The state, on this node, of the circuit of the subscription with this internal number. */
    CircuitState of(long subscription);
}

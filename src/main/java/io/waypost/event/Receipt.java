package io.waypost.event;

/**
 * The answer to a publisher for one event.
 *
 * @param id the gateway's id of the event; for a duplicate that of the first one
 * @param duplicate whether an event with the same de-duplication key had been stored before
 */
public record Receipt(String id, boolean duplicate) {}

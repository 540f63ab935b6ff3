package io.waypost.event;

/**
 * What a publisher gets for an event.
 *
 * @param id ours; for a duplicate the first one's
 * @param duplicate whether the same (tenant, source, publisher's id) had been stored before
 */
public record Receipt(String id, boolean duplicate) {}

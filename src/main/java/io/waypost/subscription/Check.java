package io.waypost.subscription;

/**
 * One of the questions that decide whether a subscription gets an event.
 *
 * @param check {@code events}, {@code filter}, {@code condition}, {@code active} or {@code window}
 * @param detail why, for a person
 */
public record Check(String check, boolean passed, String detail) {}

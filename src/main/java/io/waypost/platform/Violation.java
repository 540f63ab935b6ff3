package io.waypost.platform;

/**
 * One thing wrong with an input.
 *
 * @param pointer where, as a JSON Pointer (RFC 6901); empty for the whole
 * @param detail what it must be, in words for a person
 */
public record Violation(String pointer, String detail) {}

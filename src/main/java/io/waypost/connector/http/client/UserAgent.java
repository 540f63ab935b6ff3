package io.waypost.connector.http.client;

/** What our requests call themselves: {@code Waypost/0.1.0}. */
public record UserAgent(String value) {}

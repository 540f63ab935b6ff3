package io.waypost.event;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * A kind of event, described.
 *
 * @param tenant the owner; null for a type of the shipped catalogue
 * @param schema JSON Schema 2020-12 of {@code data}; null: any data is valid
 */
public record EventType(
        @Nullable String tenant,
        String name,
        @Nullable String description,
        @Nullable JsonNode schema,
        @Nullable JsonNode example) {}

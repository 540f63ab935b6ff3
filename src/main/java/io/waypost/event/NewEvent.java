package io.waypost.event;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event as it was handed in, checked and with its defaults filled in, but not stored yet.
 *
 * @param tenant whose it is
 * @param type segments of letters, digits, {@code _} and {@code -}, parted by dots; at most 255 characters
 * @param source where it comes from; {@code /} when the publisher named none
 * @param sourceId the publisher's own id, which together with tenant and source is the de-duplication key
 * @param subject what it is about, if the publisher said so
 * @param time when it happened
 * @param test made to try something out
 * @param attributes a JSON object of the CloudEvents attributes that have no field here ({@code datacontenttype},
 *     {@code dataschema}, extensions), or null if there are none
 * @param data the JSON text, numbers digit for digit as received
 * @param base64 whether {@code data} is a JSON string that stands for bytes (CloudEvents {@code data_base64})
 * @param repeatKey stands in for the publisher's id where there is none: an event that is handed in again with the same one
 *     is a duplicate; nobody sees it
 */
public record NewEvent(
        String tenant,
        String type,
        String source,
        @Nullable String sourceId,
        @Nullable String subject,
        Instant time,
        boolean test,
        @Nullable String attributes,
        String data,
        boolean base64,
        @Nullable String repeatKey) {

    public NewEvent(
            String tenant,
            String type,
            String source,
            @Nullable String sourceId,
            @Nullable String subject,
            Instant time,
            boolean test,
            @Nullable String attributes,
            String data,
            boolean base64) {
        this(tenant, type, source, sourceId, subject, time, test, attributes, data, base64, null);
    }

    /** The same, known again by the key if it has no id of the publisher's. */
    public NewEvent knownBy(String key) {
        return new NewEvent(
                tenant,
                type,
                source,
                sourceId,
                subject,
                time,
                test,
                attributes,
                data,
                base64,
                sourceId == null ? key : null);
    }
}

package io.waypost.event;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event as it was published, checked and with its defaults filled in, but not stored yet.
 *
 * @param tenant the id of the tenant it belongs to
 * @param type segments of letters, digits, {@code _} and {@code -}, parted by dots; at most 255 characters
 * @param source where it comes from; {@code /} when the publisher named none
 * @param sourceId the publisher's own id, which together with tenant and source is the de-duplication key
 * @param subject what it is about, if the publisher said so
 * @param time when it happened
 * @param test whether it was made for a test
 * @param attributes a JSON object of the CloudEvents attributes that have no field here ({@code datacontenttype},
 *     {@code dataschema}, extensions), or null if there are none
 * @param data the JSON text, of an object or array as it came
 * @param base64 whether {@code data} is a JSON string that stands for bytes (CloudEvents {@code data_base64})
 * @param repeatKey the de-duplication key of an event without a publisher's id, or null: another event of the tenant with
 *     the same one is a duplicate; never shown
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

    /** The same event, with this de-duplication key if it has no publisher's id. */
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

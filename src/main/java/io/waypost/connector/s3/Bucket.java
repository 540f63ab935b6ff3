package io.waypost.connector.s3;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.TargetUrl;
import java.net.URI;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A bucket, and where it is.
 *
 * @param origin scheme, host and port
 * @param prefix of all paths in it: the bucket's name, if that is not part of the host
 */
record Bucket(String origin, String prefix, String region, Credentials credentials) {

    record Credentials(String accessKey, String secretKey) {

        @Override
        public String toString() {
            return accessKey;
        }
    }

    /**
     * @param config with defaults
     * @throws IllegalArgumentException if the endpoint is no URL
     */
    static Bucket of(JsonNode config) {
        var region = config.path("region").asText();
        var name = config.path("bucket").asText();
        var given = config.hasNonNull("endpoint");
        var endpoint = TargetUrl.parse(
                given ? config.path("endpoint").asText() : "https://s3.%s.amazonaws.com".formatted(region));
        var path = config.path("pathStyle").asBoolean(given);
        var uri = endpoint.uri();
        var base = uri.getRawPath().replaceAll("/+$", "");
        return new Bucket(
                uri.getScheme() + "://" + (path ? "" : name + ".") + uri.getRawAuthority(),
                path ? base + "/" + name : base,
                region,
                new Credentials(
                        config.path("accessKey").asText(),
                        config.path("secretKey").asText()));
    }

    URI uri() {
        return URI.create(origin + (prefix.isEmpty() ? "/" : prefix));
    }

    URI uri(String key) {
        return URI.create(origin
                + prefix
                + "/"
                + Stream.of(key.split("/", -1)).map(SignatureV4::encoded).collect(Collectors.joining("/")));
    }
}

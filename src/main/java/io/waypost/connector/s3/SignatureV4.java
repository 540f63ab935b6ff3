package io.waypost.connector.s3;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs a request to S3: two hashes, so that no SDK is needed.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html">Signature Version 4, in the
 *     Authorization header</a>
 */
final class SignatureV4 {

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final String UNRESERVED = "-._~";

    private SignatureV4() {}

    /**
     * The headers with those added that sign them.
     *
     * @param uri encoded as {@link #encoded} does, without a query
     */
    static Map<String, String> sign(
            String method, URI uri, Map<String, String> headers, byte[] body, Bucket bucket, Instant at) {
        var time = TIME.format(at);
        var hash = hex(sha256(body));
        var signed = new LinkedHashMap<>(headers);
        signed.put("x-amz-content-sha256", hash);
        signed.put("x-amz-date", time);

        var canonical = new TreeMap<String, String>();
        signed.forEach((name, value) -> canonical.put(name.toLowerCase(Locale.ROOT), value.strip()));
        canonical.put("host", uri.getRawAuthority());
        var names = String.join(";", canonical.keySet());
        var lines = canonical.entrySet().stream()
                .map(header -> header.getKey() + ":" + header.getValue() + "\n")
                .collect(Collectors.joining());
        var request = String.join("\n", method, uri.getRawPath(), "", lines, names, hash);

        var scope = "%s/%s/s3/aws4_request".formatted(time.substring(0, 8), bucket.region());
        var toSign = String.join("\n", ALGORITHM, time, scope, hex(sha256(bytes(request))));
        var key = hmac(bytes("AWS4" + bucket.credentials().secretKey()), time.substring(0, 8));
        var signature = hex(hmac(hmac(hmac(hmac(key, bucket.region()), "s3"), "aws4_request"), toSign));
        signed.put(
                "Authorization",
                "%s Credential=%s/%s,SignedHeaders=%s,Signature=%s"
                        .formatted(ALGORITHM, bucket.credentials().accessKey(), scope, names, signature));
        return signed;
    }

    /** Percent-encoded as the signature wants it: all but letters, digits and {@code -._~}. */
    static String encoded(String segment) {
        var out = new StringBuilder(segment.length() + 8);
        for (var b : segment.getBytes(StandardCharsets.UTF_8)) {
            var c = (char) (b & 0xff);
            if (c < 128 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0)) {
                out.append(c);
            } else {
                out.append('%').append("%02X".formatted(b & 0xff));
            }
        }
        return out.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(bytes(text));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}

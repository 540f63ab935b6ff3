package io.waypost.connector.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.s3.Bucket.Credentials;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The examples of Amazon's documentation. */
class SignatureV4Test {

    private static final Bucket BUCKET = new Bucket(
            "https://examplebucket.s3.amazonaws.com",
            "",
            "us-east-1",
            new Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
    private static final Instant AT = Instant.parse("2013-05-24T00:00:00Z");

    @Test
    void puttingAnObject() {
        var signed = SignatureV4.sign(
                "PUT",
                BUCKET.uri("test$file.text"),
                Map.of("Date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class", "REDUCED_REDUNDANCY"),
                "Welcome to Amazon S3.".getBytes(StandardCharsets.UTF_8),
                BUCKET,
                AT);

        assertThat(signed.get("x-amz-content-sha256"))
                .isEqualTo("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
        assertThat(signed.get("Authorization"))
                .isEqualTo("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                        + "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
                        + "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    }

    @Test
    void gettingAnObject() {
        var signed = SignatureV4.sign(
                "GET",
                URI.create("https://examplebucket.s3.amazonaws.com/test.txt"),
                Map.of("Range", "bytes=0-9"),
                new byte[0],
                BUCKET,
                AT);

        assertThat(signed.get("Authorization"))
                .endsWith("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    }

    @Test
    void aNameIsEncodedButForItsSlashes() {
        assertThat(BUCKET.uri("a b/ü+~/{{env:HOME}}&?=%").toString())
                .isEqualTo(
                        "https://examplebucket.s3.amazonaws.com/a%20b/%C3%BC%2B~/%7B%7Benv%3AHOME%7D%7D%26%3F%3D%25");
    }
}

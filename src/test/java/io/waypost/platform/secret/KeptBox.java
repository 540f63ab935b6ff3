package io.waypost.platform.secret;

import io.waypost.platform.SecretBox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/** Opens and seals what a gateway has in its data directory, while that does not run. */
public final class KeptBox {

    private KeptBox() {}

    public static SecretBox of(Path data) {
        try {
            var key = Base64.getDecoder()
                    .decode(Files.readString(data.resolve("secret.key")).strip());
            return new AesSecretBox(key, List.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

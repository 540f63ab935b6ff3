package io.waypost.route.camel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.Resource;
import org.junit.jupiter.api.Test;

class ClassPathFilesTest {

    private static final Path SOURCES = Path.of("routes", "sources");

    @Test
    void theFilesOfADirectoryAreFoundAndThoseThatAreNotWantedAreNot() throws Exception {
        try (var camel = new DefaultCamelContext()) {
            var files = new ClassPathFiles();
            files.setCamelContext(camel);

            assertThat(files.findResources("classpath:routes/sources/*.camel.yaml"))
                    .hasSameSizeAs(shipped())
                    .allMatch(Resource::exists)
                    .extracting(Resource::getLocation)
                    .contains("classpath:routes/sources/stripe.camel.yaml");
            assertThat(files.findResources("classpath:routes/sources/*.camel.yaml", name -> name.contains("stripe")))
                    .hasSize(1);
            assertThat(files.findResources("classpath:routes/none/*.camel.yaml"))
                    .isEmpty();
        }
    }

    private static Path[] shipped() throws IOException {
        try (var shipped = Files.list(SOURCES)) {
            return shipped.toArray(Path[]::new);
        }
    }
}

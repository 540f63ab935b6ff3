package io.waypost;

import io.waypost.platform.Carriers;
import io.waypost.platform.Memory;
import java.io.IOException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The whole gateway: one process, started by {@code java -jar waypost.jar}. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class Waypost {

    static void main(String... args) throws IOException, InterruptedException {
        Memory.endWithout();
        Carriers.watch();
        var training = Training.askedFor(args);
        if (training.isPresent()) {
            System.exit(training.get().run());
        }
        SpringApplication.run(Waypost.class, args);
    }
}

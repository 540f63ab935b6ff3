package io.waypost;

import io.waypost.platform.Carriers;
import io.waypost.platform.Memory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The whole gateway: one process, started by {@code java -jar waypost.jar}. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class Waypost {

    static void main(String... args) {
        Memory.endWithout();
        Carriers.watch();
        SpringApplication.run(Waypost.class, args);
    }
}

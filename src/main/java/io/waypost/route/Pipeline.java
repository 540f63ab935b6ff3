package io.waypost.route;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;

/** The gateway's own routes, whose names and ids no flow can have. */
@Component
class Pipeline {

    private static final String SHIPPED = "classpath*:routes/*" + UserRoutes.SUFFIX;

    private final CamelContext camel;
    private final Map<String, byte[]> files = new HashMap<>();

    Pipeline(CamelContext camel) {
        this.camel = camel;
        try {
            for (var file : new PathMatchingResourcePatternResolver().getResources(SHIPPED)) {
                files.put(String.valueOf(file.getFilename()), file.getContentAsByteArray());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the routes of the pipeline cannot be read", e);
        }
    }

    /** Whether it is the file of this name that is part of the gateway. */
    boolean ships(String file, byte[] content) {
        return Arrays.equals(files.get(file), content);
    }

    boolean names(String file) {
        return files.containsKey(file);
    }

    boolean runs(String route) {
        return camel.getRoute(route) != null;
    }
}

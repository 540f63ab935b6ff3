package io.waypost.connector.kamelet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Dialect;
import io.waypost.platform.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.camel.CamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** All connectors: the shipped ones and those of the user's directory. A broken file is listed as such; the rest goes on. */
final class KameletCatalog implements ConnectorCatalog {

    private static final Logger LOG = LoggerFactory.getLogger(KameletCatalog.class);
    private static final String SHIPPED = "classpath*:connectors/*" + KameletFile.SUFFIX;

    private final CamelContext camel;
    private final List<Dialect.Source> dialects;
    private final Map<String, Entry> entries = new ConcurrentSkipListMap<>();

    KameletCatalog(CamelContext camel, List<Dialect.Source> dialects) {
        this.camel = camel;
        this.dialects = List.copyOf(dialects);
    }

    /** Reads all files, before Camel starts. */
    void load(@Nullable Path directory) {
        try {
            for (var file : new PathMatchingResourcePatternResolver().getResources(SHIPPED)) {
                add(Objects.requireNonNull(file.getFilename()), file.getContentAsByteArray());
            }
            if (directory != null) {
                for (var file : files(directory)) {
                    add(file.getFileName().toString(), Files.readAllBytes(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the connectors cannot be read", e);
        }
    }

    /** Starts the routes, once Camel runs, so that what is wrong with one shows now and not at its first use. */
    void start() {
        entries.forEach((name, entry) -> {
            if (entry.connector != null) {
                try {
                    entry.connector.open();
                } catch (IllegalStateException e) {
                    refuse(name, entry.description, message(e));
                }
            }
        });
    }

    @Override
    public List<ConnectorDescription> all() {
        return entries.values().stream().map(Entry::description).toList();
    }

    @Override
    public Optional<Connector> find(String name) {
        return Optional.ofNullable(entries.get(name)).map(Entry::connector);
    }

    @Override
    public List<Violation> violations(String connector, ObjectNode config) {
        var entry = entries.get(connector);
        if (entry == null || entry.schema == null || entry.connector == null) {
            throw new IllegalArgumentException("there is no usable connector " + connector);
        }
        var found = new ArrayList<>(entry.schema.violations(config));
        var dialect = entry.connector.dialect();
        if (dialect != null) {
            found.addAll(dialect.violations(config));
        }
        return List.copyOf(found);
    }

    private void add(String file, byte[] content) {
        var base = file.substring(0, file.length() - KameletFile.SUFFIX.length());
        var known = entries.get(base);
        if (known != null) {
            if (Arrays.equals(known.content, content)) {
                return; // the shipped file itself, as when started from the source directory
            }
            refuse(file, null, "%s is the name of a shipped connector; give the file another one".formatted(base));
            return;
        }
        try {
            var kamelet = KameletFile.read(file, content);
            var description = kamelet.description();
            var schema = new ConfigSchema(description.schema());
            var dialect = dialect(description);
            PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString(file, kamelet.camel()));
            entries.put(base, new Entry(description, new CamelConnector(description, dialect, camel), schema, content));
        } catch (Exception e) {
            refuse(base, null, message(e));
        }
    }

    private @Nullable Dialect dialect(ConnectorDescription description) {
        for (var source : dialects) {
            var found = source.of(description);
            if (found.isPresent()) {
                return found.get();
            }
        }
        return null;
    }

    private void refuse(String name, @Nullable ConnectorDescription known, String error) {
        LOG.warn("The connector {} cannot be used: {}", name, error);
        var d = known == null ? KameletFile.broken(name, error) : known;
        var broken = new ConnectorDescription(
                d.name(),
                d.title(),
                d.description(),
                d.icon(),
                d.schema(),
                d.secretFields(),
                d.perSecond(),
                d.hub(),
                error);
        entries.put(name, new Entry(broken, null, null, null));
    }

    private static List<Path> files(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(KameletFile.SUFFIX))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }

    private static String message(Throwable e) {
        var message = e.getMessage();
        return message == null ? e.toString() : message;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Entry(
            ConnectorDescription description,
            @Nullable CamelConnector connector,
            @Nullable ConfigSchema schema,
            byte @Nullable [] content) {}
}

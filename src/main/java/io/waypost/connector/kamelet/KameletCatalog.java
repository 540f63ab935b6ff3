package io.waypost.connector.kamelet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Credential;
import io.waypost.connector.Dialect;
import io.waypost.connector.SecretFieldStore;
import io.waypost.platform.Violation;
import io.waypost.platform.files.DirectoryWatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
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

/**
 * All connectors: the shipped ones and those of the user's directory, whose files may come, change and go. A broken file is
 * listed as such; the rest goes on, and so does what the file was before.
 */
final class KameletCatalog implements ConnectorCatalog, DirectoryWatch.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(KameletCatalog.class);
    private static final String SHIPPED = "classpath*:connectors/*" + KameletFile.SUFFIX;

    private final CamelContext camel;
    private final List<Dialect.Source> dialects;
    private final List<Connector> internal;
    private final SecretFields secrets;
    private final Map<String, Entry> entries = new ConcurrentSkipListMap<>();

    /** Replaced or deleted, but perhaps still in the middle of an attempt. */
    private final List<CamelConnector> retired = new ArrayList<>();

    private boolean started;
    private int versions;

    /** @param internal connectors that are none of these, for {@link #inside} */
    KameletCatalog(
            CamelContext camel, List<Dialect.Source> dialects, List<Connector> internal, SecretFieldStore secrets) {
        this.camel = camel;
        this.secrets = new SecretFields(secrets);
        this.dialects = List.copyOf(dialects);
        this.internal = List.copyOf(internal);
    }

    /** Reads the shipped files, before Camel starts. */
    void load() {
        try {
            for (var file : new PathMatchingResourcePatternResolver().getResources(SHIPPED)) {
                var name = Objects.requireNonNull(file.getFilename());
                add(base(name), name, file.getContentAsByteArray(), true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the connectors cannot be read", e);
        }
    }

    /** Starts the routes, once Camel runs, so that what is wrong with one shows now and not at its first use. */
    synchronized void start() {
        started = true;
        entries.forEach((name, entry) -> {
            if (entry.connector != null) {
                try {
                    entry.connector.open();
                } catch (IllegalStateException e) {
                    entries.put(name, entry.broken(warn(name, message(e))));
                }
            }
        });
    }

    @Override
    public synchronized boolean isStarted() {
        return started;
    }

    /** Takes a file of the user's, new or changed. */
    @Override
    public synchronized void put(String file, byte[] content) {
        var base = base(file);
        var known = entries.get(base);
        if (known == null || !known.shipped) {
            if (known == null || !Arrays.equals(known.content, content)) {
                add(base, file, content, false);
            }
        } else if (!Arrays.equals(known.content, content)) { // else it is the shipped file itself, run from its sources
            refuse(file, content, "%s is the name of a shipped connector; give the file another one".formatted(base));
        }
    }

    /** Takes note that a file of the user's cannot be read. */
    @Override
    public synchronized void unreadable(String file, IOException why) {
        var known = entries.get(base(file));
        refuse(known != null && known.shipped ? file : base(file), new byte[0], "the file cannot be read: " + why);
    }

    /** Forgets a file of the user's that is gone. */
    @Override
    public synchronized void remove(String file) {
        entries.remove(file);
        var known = entries.get(base(file));
        if (known != null && !known.shipped) {
            entries.remove(base(file));
            retire(known);
            LOG.info("The connector {} is gone with its file", base(file));
        }
    }

    /** Takes away what was replaced or removed, once its last attempt is over. */
    @Override
    public synchronized void tidy() {
        retired.removeIf(connector -> {
            if (connector.isSending()) {
                return false;
            }
            connector.close();
            return true;
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

    @Override
    public ObjectNode supplied(String connector, ObjectNode config, Credential credential) {
        var entry = entries.get(connector);
        var dialect = entry == null || entry.connector == null ? null : entry.connector.dialect();
        if (dialect == null) {
            throw new IllegalArgumentException("cannot be used with the connector " + connector);
        }
        return dialect.supplied(config, credential);
    }

    @Override
    public ConnectorCatalog inside() {
        return new InsideCatalog(this, internal);
    }

    private void add(String base, String file, byte[] content, boolean shipped) {
        CamelConnector made = null;
        try {
            var kamelet = KameletFile.read(file, content);
            var described = kamelet.description();
            // Of the shipped ones no field stops being secret.
            var description = shipped ? described : described.withSecrets(secrets.of(base, described.secretFields()));
            var schema = new ConfigSchema(description.schema());
            // A name of its own in Camel, so that what it replaces can finish its attempts.
            var template = base + (started ? "-v" + ++versions : "");
            made = new CamelConnector(description, dialect(description), camel, template);
            PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString(file, kamelet.camel(template)));
            if (started) {
                made.open();
            }
            retire(entries.put(base, new Entry(description, made, schema, content, shipped)));
            if (started) {
                LOG.info("The connector {} is ready", base);
            }
        } catch (Exception e) {
            if (made != null) {
                retired.add(made);
            }
            refuse(base, content, message(e));
        }
    }

    private void retire(@Nullable Entry entry) {
        if (entry != null && entry.connector != null) {
            retired.add(entry.connector);
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

    /** Lists a file as broken. A connector that worked so far goes on as it was. */
    private void refuse(String name, byte[] content, String error) {
        var known = entries.get(name);
        if (known != null && known.connector != null) {
            var told = warn(name, error) + "; the connector goes on as it was before";
            entries.put(
                    name, new Entry(known.description.withError(told), known.connector, known.schema, content, false));
        } else {
            entries.put(name, new Entry(KameletFile.broken(name, warn(name, error)), null, null, content, false));
        }
    }

    private static String warn(String name, String error) {
        LOG.warn("The connector {} cannot be used: {}", name, error);
        return error;
    }

    private static String base(String file) {
        return file.substring(0, file.length() - KameletFile.SUFFIX.length());
    }

    private static String message(Throwable e) {
        // The lines below the first show the place in what Camel was given, which is not the file.
        var message = e.getMessage();
        return message == null ? e.toString() : message.lines().findFirst().orElse(message);
    }

    /** @param content the file as it was last seen, so that it is looked at once only */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Entry(
            ConnectorDescription description,
            @Nullable CamelConnector connector,
            @Nullable ConfigSchema schema,
            byte[] content,
            boolean shipped) {

        Entry broken(String error) {
            return new Entry(description.withError(error), null, null, content, shipped);
        }
    }
}

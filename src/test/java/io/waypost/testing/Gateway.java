package io.waypost.testing;

import io.waypost.Waypost;
import io.waypost.platform.clock.HostClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.FilterType;
import org.springframework.context.annotation.Primary;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.core.type.filter.TypeFilter;

/**
 * The whole gateway in this JVM, on H2, with a clock that can be moved. One serves all tests that do not need their own
 * settings; they keep out of each other's way by tenants of their own.
 */
public final class Gateway implements AutoCloseable {

    public static final String ADMIN_KEY = "admin-key-of-the-tests";

    private static final ThreadLocal<Gateway> SHARED = ThreadLocal.withInitial(() -> new Gateway(Map.of(), null));
    private static final AtomicInteger TENANTS = new AtomicInteger();

    /** Null once it is closed: test classes keep theirs to the end of the run, which must not keep all of it. */
    private @Nullable ConfigurableApplicationContext context;

    private final @Nullable TestClock clock;

    private Gateway(Map<String, Object> settings, @Nullable HostClock host) {
        try {
            var all = new LinkedHashMap<String, Object>();
            all.put("server.port", 0);
            all.put("server.address", "127.0.0.1");
            all.put("waypost.data-dir", directory().toString());
            all.put("waypost.admin-key", ADMIN_KEY);
            all.put("waypost.allow-private-networks", true);
            all.put("waypost.destinations", "*");
            all.put("waypost.drain", "0s");
            all.putAll(settings);
            context = new SpringApplicationBuilder(Application.class)
                    .initializers(context -> {
                        if (host != null) {
                            context.getBeanFactory().registerSingleton("hostClock", host);
                        }
                    })
                    .run(all.entrySet().stream()
                            .map(e -> "--" + e.getKey() + "=" + e.getValue())
                            .toArray(String[]::new));
            clock = context.getBeanProvider(TestClock.class).getIfAvailable();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path directory() throws IOException {
        var directory = Files.createTempDirectory("waypost-test");
        directory.toFile().deleteOnExit();
        return directory;
    }

    /** As {@link Waypost}, without what other tests have put beside it. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @ConfigurationPropertiesScan(basePackageClasses = Waypost.class)
    @ComponentScan(
            basePackageClasses = Waypost.class,
            excludeFilters = @ComponentScan.Filter(type = FilterType.CUSTOM, classes = OfTests.class))
    static class Application {

        /** Where the host's clock is the test's, the gateway's own clock goes by it. */
        @Bean
        @Primary
        @ConditionalOnMissingBean(HostClock.class)
        TestClock testClock() {
            return new TestClock();
        }

        @Bean
        @Primary
        TestNames testNames() {
            return new TestNames();
        }
    }

    static final class OfTests implements TypeFilter {

        @Override
        public boolean match(MetadataReader reader, MetadataReaderFactory factory) throws IOException {
            return reader.getClassMetadata().getClassName().equals(Waypost.class.getName())
                    || reader.getResource().getURL().getPath().contains("/test-classes/");
        }
    }

    /** The one that all tests of this thread share: those beside it may move the clock of theirs. */
    public static Gateway shared() {
        return SHARED.get();
    }

    /** One of its own, to be closed. */
    public static Gateway with(Map<String, Object> settings) {
        return new Gateway(settings, null);
    }

    /** One of its own, to be closed, on a host with that clock; {@link #clock} is not for it. */
    public static Gateway with(Map<String, Object> settings, HostClock host) {
        return new Gateway(settings, host);
    }

    public String url() {
        return "http://127.0.0.1:"
                + ((WebServerApplicationContext) context()).getWebServer().getPort();
    }

    public Api admin() {
        return new Api(url(), ADMIN_KEY);
    }

    /** A new tenant with a key for everything. */
    public Api tenant() {
        return new Api(url(), key(newTenant(), "publish", "manage", "read"));
    }

    /** The id of a new tenant, without any key. */
    public String newTenant() {
        var id = "t" + TENANTS.incrementAndGet();
        admin().post("/v1/tenants", "{\"id\":\"%s\"}".formatted(id)).expect(201);
        return id;
    }

    /** A new key of the tenant. */
    public String key(String tenant, String... scopes) {
        return admin().post(
                        "/v1/tenants/%s/keys".formatted(tenant),
                        "{\"name\":\"a key\",\"scopes\":[\"%s\"]}".formatted(String.join("\",\"", scopes)))
                .expect(201)
                .json()
                .path("key")
                .textValue();
    }

    public TestClock clock() {
        return Objects.requireNonNull(clock, "it goes by the clock of its host");
    }

    public <T> T bean(Class<T> type) {
        return context().getBean(type);
    }

    @Override
    public void close() {
        var open = context;
        if (open != null) {
            open.close();
            context = null;
        }
    }

    private ConfigurableApplicationContext context() {
        return Objects.requireNonNull(context, "it is closed");
    }
}

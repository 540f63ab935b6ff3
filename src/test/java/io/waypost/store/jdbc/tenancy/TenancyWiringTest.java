package io.waypost.store.jdbc.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.waypost.event.EventTypes;
import io.waypost.intake.EventReader;
import io.waypost.platform.SecretBox;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.due.DueListener;
import io.waypost.platform.due.DueSource;
import io.waypost.platform.due.TestDue;
import io.waypost.store.jdbc.node.JdbcNodeStore;
import io.waypost.store.jdbc.node.JdbcSharedTime;
import io.waypost.store.jdbc.secret.JdbcSealedRows;
import io.waypost.tenancy.AdminKey;
import io.waypost.tenancy.ApiKeys;
import io.waypost.tenancy.Idempotency;
import io.waypost.tenancy.Scope;
import io.waypost.tenancy.Tenants;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.flyway.FlywayAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.JdbcClientAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.JdbcTemplateAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What Spring makes of keys and tenants at a start: the order in which things are made, and what stops a start. */
class TenancyWiringTest {

    private static final SecretBox.Place PLACE = new SecretBox.Place("table", "row", "tenant", "field");

    @TempDir
    Path directory;

    @Configuration
    @EnableConfigurationProperties(WaypostProperties.class)
    @ComponentScan({"io.waypost.platform", "io.waypost.store.jdbc.database"})
    @Import({
        Tenants.class,
        ApiKeys.class,
        AdminKey.class,
        Idempotency.class,
        EventTypes.class,
        EventReader.class,
        JdbcTenantStore.class,
        JdbcApiKeyStore.class,
        JdbcEventTypeStore.class,
        JdbcIdempotencyStore.class,
        JdbcKeyCheckStore.class,
        JdbcSealedRows.class,
        JdbcNodeStore.class,
        JdbcSharedTime.class,
        SimpleMeterRegistry.class,
        JdbcQuotas.class
    })
    static class Parts {

        @Bean
        TransactionTemplate transactions(PlatformTransactionManager manager) {
            return new TransactionTemplate(manager);
        }

        @Bean
        DueSource nothingDue() {
            return () -> TestDue.NOTHING;
        }

        @Bean
        DueListener nobody() {
            return (_, _) -> {};
        }
    }

    @Test
    void aSecondStartKnowsTheKeysOfTheFirst() {
        var text = new StringBuilder();

        start().run(context -> {
            var admin = context.getBean(AdminKey.class);
            var caller = context.getBean(ApiKeys.class)
                    .authenticate(Files.readString(admin.file()).strip());
            assertThat(caller.orElseThrow().admin()).isTrue();
            text.append(context.getBean(ApiKeys.class)
                    .create("default", "CI", Set.of(Scope.READ))
                    .text());
            text.append(' ').append(context.getBean(SecretBox.class).seal(PLACE, "secret"));
        });
        start().run(context -> {
            var parts = text.toString().split(" ");
            assertThat(context.getBean(ApiKeys.class).authenticate(parts[0])).isPresent();
            assertThat(context.getBean(SecretBox.class).open(PLACE, parts[1])).isEqualTo("secret");
        });
    }

    @Test
    void aWrongSecretKeyStopsTheStartAndTheOldOneBesideItLetsItGoOn() {
        var old = key('a');
        var young = key('b');

        start().withPropertyValues("waypost.secret-key=" + old)
                .run(context -> assertThat(context).hasNotFailed());
        start().withPropertyValues("waypost.secret-key=" + young).run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("a key that this node does not have"));
        start().withPropertyValues(
                        "waypost.secret-key=" + young, "waypost.previous-secret-keys=" + key('c') + "," + old)
                .run(context -> assertThat(context).hasNotFailed());
        start().withPropertyValues("waypost.secret-key=" + old)
                .run(context -> assertThat(context).hasFailed());
    }

    private ApplicationContextRunner start() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        FlywayAutoConfiguration.class,
                        JdbcTemplateAutoConfiguration.class,
                        JdbcClientAutoConfiguration.class))
                .withUserConfiguration(Parts.class)
                .withPropertyValues("waypost.data-dir=" + directory.resolve("data"));
    }

    private static String key(char fill) {
        return Base64.getEncoder()
                .encodeToString(String.valueOf(fill).repeat(32).getBytes(StandardCharsets.UTF_8));
    }
}

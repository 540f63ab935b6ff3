package io.waypost;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may import whom, and the other rules of the house. */
@AnalyzeClasses(packagesOf = Waypost.class, importOptions = ImportOption.DoNotIncludeTests.class)
class HouseRulesTest {

    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path TESTS = Path.of("src/test/java");

    /** Each package and what it may import of ours, beside itself. */
    private static final Map<String, List<String>> MAY_IMPORT = Map.ofEntries(
            Map.entry("platform", List.of()),
            Map.entry("launch", List.of()),
            Map.entry("event", List.of("platform")),
            Map.entry("connector", List.of("platform", "event")),
            Map.entry("subscription", List.of("platform", "event", "connector")),
            Map.entry("delivery", List.of("platform", "event", "connector", "subscription")),
            Map.entry("replay", List.of("platform", "event", "connector", "subscription", "delivery")),
            Map.entry("intake", List.of("platform", "event", "connector", "tenancy")),
            Map.entry("notice", List.of("platform", "event", "connector", "subscription", "delivery")),
            Map.entry(
                    "route",
                    List.of(
                            "platform",
                            "event",
                            "connector",
                            "subscription",
                            "delivery",
                            "replay",
                            "intake",
                            "tenancy")),
            Map.entry("tenancy", List.of("platform")),
            Map.entry("campaign", List.of("platform", "event")),
            Map.entry(
                    "api",
                    List.of(
                            "platform",
                            "event",
                            "connector",
                            "subscription",
                            "delivery",
                            "replay",
                            "intake",
                            "notice",
                            "route",
                            "campaign",
                            "tenancy")),
            Map.entry(
                    "console",
                    List.of(
                            "platform",
                            "event",
                            "connector",
                            "subscription",
                            "delivery",
                            "replay",
                            "notice",
                            "tenancy")));

    @ArchTest
    void aPackageImportsOnlyWhatItsPlaceAllows(JavaClasses ours) {
        MAY_IMPORT.forEach((name, others) -> {
            var allowed = Stream.concat(Stream.of(name), others.stream())
                    .map(other -> "io.waypost." + other + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that(resideInAPackage("io.waypost." + name + ".."))
                    .should()
                    .dependOnClassesThat(resideInAPackage("io.waypost..").and(resideOutsideOfPackages(allowed)))
                    .check(ours);
        });
    }

    @ArchTest
    void nobodyImportsTheStore(JavaClasses ours) {
        noClasses()
                .that(resideOutsideOfPackages("io.waypost.store.."))
                .should()
                .dependOnClassesThat(resideInAPackage("io.waypost.store.."))
                .check(ours);
    }

    @ArchTest
    void thereAreNoCycles(JavaClasses ours) {
        slices().matching("io.waypost.(*)..").should().beFreeOfCycles().check(ours);
    }

    @ArchTest
    void timeComesFromTheClock(JavaClasses ours) {
        noClasses()
                .that(resideOutsideOfPackages("io.waypost.platform.clock"))
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .check(ours);
    }

    @ArchTest
    void deliveriesWaitByTheSteadyClock(JavaClasses ours) {
        noClasses()
                .that(resideInAnyPackage("io.waypost.delivery..", "io.waypost.replay.."))
                .should()
                .callMethod(System.class, "nanoTime")
                .check(ours);
    }

    @ArchTest
    void sqlIsInTheStoreOnly(JavaClasses ours) {
        noClasses()
                // The connector named sql runs statements of the users' in databases of theirs.
                .that(resideOutsideOfPackages("io.waypost.store..", "io.waypost.connector.sql.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.sql..", "org.springframework.jdbc..")
                        // Telling why the database failed needs its exceptions, but no SQL.
                        .and(not(assignableTo(SQLException.class))))
                .check(ours);
    }

    @ArchTest
    void theApiAndTheConsoleAreTheOnlyOnesThatKnowTheWeb(JavaClasses ours) {
        noClasses()
                .that(resideOutsideOfPackages("io.waypost.api..", "io.waypost.console.."))
                .should()
                .dependOnClassesThat(resideInAPackage("org.springframework.web.bind.."))
                .check(ours);
    }

    /** A test waits for a condition or moves the clock; slowness on purpose has its one place. */
    @Test
    void noTestSleeps() throws IOException {
        var call = "Thread" + ".sleep(";
        var sleeping = new ArrayList<String>();
        for (var file : sources(TESTS)) {
            if (Files.readString(file).contains(call)) {
                sleeping.add(TESTS.relativize(file).toString());
            }
        }
        assertThat(sleeping).containsExactly("io/waypost/testing/Delays.java");
    }

    /** What one database takes, and how it gives it back, says nothing about the other. */
    @Test
    void eachStoreIsTestedOnBothDatabases() throws IOException {
        var both = new ArrayList<String>();
        var onOne = new ArrayList<String>();
        for (var file : sources(TESTS.resolve("io/waypost/store"))) {
            var text = Files.readString(file);
            if (text.contains("class OnH2 ") && text.contains("class OnPostgres ")) {
                both.add(text);
            } else if (file.toString().endsWith("Test.java")) {
                onOne.add(file.getFileName().toString());
            }
        }
        var untested = new ArrayList<String>();
        for (var file : sources(SOURCES.resolve("io/waypost/store"))) {
            var name = file.getFileName().toString().replace(".java", "");
            if (Files.readString(file).contains("@Repository")
                    && both.stream().noneMatch(text -> text.contains("new " + name + "("))) {
                untested.add(name);
            }
        }

        assertThat(untested).isEmpty();
        assertThat(onOne)
                .as("what only one of the databases has, and what is the same on any")
                .containsExactlyInAnyOrder(
                        "EmbeddedDatabaseTest.java",
                        "EventBlockTest.java",
                        "FileUpkeepTest.java",
                        "FormerClaimsTest.java",
                        "PostgresFaultsTest.java",
                        "TenancyWiringTest.java");
    }

    @Test
    void eachPackageSaysItsJob() throws IOException {
        var packages = sources(SOURCES).stream().map(Path::getParent).collect(Collectors.toSet());

        assertThat(packages).allSatisfy(directory -> assertThat(directory.resolve("package-info.java"))
                .exists());
    }

    private static List<Path> sources(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }
}

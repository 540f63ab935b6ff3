package io.waypost.launch;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.jar.JarInputStream;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.loader.launch.JarLauncher;
import org.springframework.boot.loader.launch.LaunchedClassLoader;
import org.springframework.boot.loader.net.protocol.Handlers;

/**
 * Asks Spring Boot's class loader and ours for much of what is in a jar, and prints where they differ. A process of its own, with
 * the jar as its class path, because the handlers of Spring Boot's URLs are for the whole JVM.
 */
final class LoadersCompared {

    /** Of the files of a library; Spring Boot's loader takes a while for each. */
    private static final int ONE_IN = 40;

    private final URLClassLoader theirs;
    private final URLClassLoader ours;

    private LoadersCompared(URLClassLoader theirs, URLClassLoader ours) {
        this.theirs = theirs;
        this.ours = ours;
    }

    static void main(String... args) throws Exception {
        Handlers.register();
        var urls = new Urls().urls();
        var parent = LoadersCompared.class.getClassLoader();
        var compared = new LoadersCompared(
                new LaunchedClassLoader(false, urls.toArray(URL[]::new), parent), IndexedClassLoader.of(urls));
        var names = names(Path.of(args[0]));
        for (var name : names) {
            compared.compare(name);
        }
        System.out.println("compared " + (names.size() > 1_000 ? "enough" : names));
    }

    /** Only a launcher tells the URLs. */
    private static final class Urls extends JarLauncher {

        private Urls() throws Exception {}

        private Collection<URL> urls() throws Exception {
            return getClassPathUrls();
        }
    }

    private static Collection<String> names(Path jar) throws IOException {
        var names = new TreeSet<>(List.of("", "/", "none", "org/none/", "java/lang/Object.class", "none/None.class"));
        var count = 0;
        try (var whole = new ZipFile(jar.toFile())) {
            for (var part : Collections.list(whole.entries())) {
                if (part.getName().startsWith("BOOT-INF/classes/")) {
                    names.add(part.getName().substring("BOOT-INF/classes/".length()));
                } else if (part.getName().startsWith("BOOT-INF/lib/") && !part.isDirectory()) {
                    try (var library = new JarInputStream(whole.getInputStream(part))) {
                        for (var file = library.getNextEntry(); file != null; file = library.getNextEntry()) {
                            var name = file.getName();
                            if (count++ % ONE_IN == 0
                                    || name.startsWith("META-INF/services/") && !name.contains("camel")
                                    || name.startsWith("META-INF/versions/")) {
                                names.add(name.replaceFirst("META-INF/versions/\\d+/(?=.)", ""));
                                names.add(name);
                            }
                        }
                    }
                }
            }
        }
        return names;
    }

    private void compare(String name) {
        compare(
                "URLs of " + name,
                () -> Collections.list(theirs.getResources(name)),
                () -> Collections.list(ours.getResources(name)));
        compare("URL of " + name, () -> theirs.getResource(name), () -> ours.getResource(name));
        if (!name.endsWith("/")) {
            compare("content of " + name, () -> content(theirs, name), () -> content(ours, name));
        }
        if (name.endsWith(".class")
                && !name.startsWith("META-INF/")
                && !name.endsWith("-info.class")
                && !name.startsWith("io/waypost/launch/")) {
            var type = name.substring(0, name.length() - ".class".length()).replace('/', '.');
            compare("class " + type, () -> source(theirs, type), () -> source(ours, type));
            compare("package of " + type, () -> version(theirs, type), () -> {
                // Spring Boot's loader does not read manifests that tell of single packages, as that of Tomcat.
                return version(theirs, type) == null ? null : version(ours, type);
            });
        }
    }

    private static Object content(ClassLoader loader, String name) throws IOException {
        try (var stream = loader.getResourceAsStream(name)) {
            return stream == null ? "none" : Arrays.hashCode(stream.readAllBytes());
        }
    }

    private static Object source(ClassLoader loader, String name) throws ClassNotFoundException {
        var type = loader.loadClass(name);
        var source = type.getProtectionDomain().getCodeSource();
        return (type.getClassLoader() == loader) + " " + (source == null ? "none" : source.getLocation());
    }

    private static @Nullable String version(ClassLoader loader, String name) throws ClassNotFoundException {
        return loader.loadClass(name).getPackage().getImplementationVersion();
    }

    private static void compare(String what, Callable<?> theirs, Callable<?> ours) {
        var theirAnswer = answer(theirs);
        var ourAnswer = answer(ours);
        if (!theirAnswer.equals(ourAnswer)) {
            System.out.println(what + ": " + theirAnswer + " and not " + ourAnswer);
        }
    }

    private static String answer(Callable<?> call) {
        try {
            return Objects.toString(call.call());
        } catch (Exception | LinkageError e) {
            return e.getClass().getName();
        }
    }
}

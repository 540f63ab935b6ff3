package io.waypost.launch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * Loads what Spring Boot's own class loader would, under the same URLs, but looks each name up once instead of in one jar after the
 * other. Who has signed a jar is not looked at.
 */
final class IndexedClassLoader extends URLClassLoader {

    static {
        registerAsParallelCapable();
    }

    private final JarIndex index;
    private final List<CodeSource> sources;
    private final ConcurrentHashMap<Integer, Manifest> manifests = new ConcurrentHashMap<>();

    private IndexedClassLoader(Collection<URL> urls, JarIndex index) {
        super(urls.toArray(URL[]::new), IndexedClassLoader.class.getClassLoader());
        this.index = index;
        sources = urls.stream()
                .map(url -> new CodeSource(url, (Certificate[]) null))
                .toList();
    }

    /** @param urls those of the parts of one jar, as Spring Boot writes them: {@code jar:nested:JAR/!PART!/} */
    static IndexedClassLoader of(Collection<URL> urls) throws IOException {
        var jar = "";
        var parts = new ArrayList<String>();
        for (var url : urls) {
            var path = url.getPath();
            var end = path.lastIndexOf("!/");
            var middle = path.lastIndexOf("/!", end - 2);
            jar = path.substring("nested:".length(), middle);
            parts.add(path.substring(middle + 2, end));
        }
        return new IndexedClassLoader(urls, new JarIndex(Path.of(URI.create("file:" + jar)), parts));
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        var entry = index.find(name.replace('.', '/').concat(".class"));
        if (entry == null) {
            throw new ClassNotFoundException(name);
        }
        try {
            var packageName = name.substring(0, Math.max(name.lastIndexOf('.'), 0));
            if (getDefinedPackage(packageName) == null) {
                definePackage(packageName, entry.part());
            }
            var content = index.read(entry);
            return defineClass(name, content, 0, content.length, sources.get(entry.part()));
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private void definePackage(String name, int part) throws IOException {
        try {
            definePackage(name, manifest(part), sources.get(part).getLocation());
        } catch (IllegalArgumentException _) {
            // Another thread was first.
        }
    }

    private Manifest manifest(int part) throws IOException {
        var known = manifests.get(part);
        if (known != null) {
            return known;
        }
        var manifest = index.manifest(part);
        manifests.put(part, manifest);
        return manifest;
    }

    @Override
    public @Nullable URL findResource(String name) {
        if (isRoot(name)) {
            return super.findResource(name);
        }
        var entry = index.find(name);
        return entry == null ? null : url(entry, name);
    }

    @Override
    public Enumeration<URL> findResources(String name) throws IOException {
        if (isRoot(name)) {
            return super.findResources(name);
        }
        var urls = new ArrayList<URL>();
        for (var entry = index.find(name); entry != null; entry = JarIndex.after(entry, name)) {
            urls.add(url(entry, name));
        }
        return Collections.enumeration(urls);
    }

    /** Whether that is each part as a whole. */
    private static boolean isRoot(String name) {
        return name.isEmpty() || name.equals("/");
    }

    @Override
    public @Nullable InputStream getResourceAsStream(String name) {
        var entry = index.find(name);
        if (entry == null || entry.directory() || getParent().getResource(name) != null) {
            return super.getResourceAsStream(name);
        }
        try {
            return new ByteArrayInputStream(index.read(entry));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private URL url(JarIndex.Entry entry, String name) {
        try {
            var path = new URI(null, null, "/" + name, null).toASCIIString().substring(1);
            return URI.create(sources.get(entry.part()).getLocation().toExternalForm() + path)
                    .toURL();
        } catch (URISyntaxException | MalformedURLException e) {
            throw new IllegalArgumentException(name, e);
        }
    }
}

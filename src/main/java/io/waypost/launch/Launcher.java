package io.waypost.launch;

import java.net.URL;
import java.util.Collection;
import org.springframework.boot.loader.launch.JarLauncher;

/**
 * Spring Boot's launcher with a class loader that knows where things are. Boot's own asks each of some two hundred jars in turn for
 * each class.
 */
public final class Launcher extends JarLauncher {

    private Launcher() throws Exception {}

    public static void main(String[] args) throws Exception {
        new Launcher().launch(args);
    }

    @Override
    protected ClassLoader createClassLoader(Collection<URL> urls) throws Exception {
        // The tools in the jar are written for Boot's own loader, and so is a jar that somebody has unpacked as it is.
        return System.getProperty("jarmode") != null || isExploded()
                ? super.createClassLoader(urls)
                : IndexedClassLoader.of(urls);
    }
}

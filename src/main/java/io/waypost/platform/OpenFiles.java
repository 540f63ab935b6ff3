package io.waypost.platform;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes.Name;
import java.util.jar.JarFile;

/** How many files, and so connections, the process may have open, and what of them is whose. */
public final class OpenFiles {

    /** For the database, its connections, the jar and the log; and some to spare. */
    private static final long OURS = 100;

    /** The same without the jars, each of which is a file if the jar is unpacked. */
    private static final long OURS_BESIDE_JARS = 50;

    private static final int LEAST = 16;

    private OpenFiles() {}

    /**
     * How many connections there may be of those that come in, and again of those that go out: half each of what the limit of
     * the process leaves.
     *
     * @param usual not more than that
     */
    public static int connections(int usual) {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? connections(usual, system.getMaxFileDescriptorCount(), Holder.JARS)
                : usual;
    }

    static int connections(int usual, long limit, int jars) {
        var ours = Math.max(OURS, OURS_BESIDE_JARS + jars);
        return limit <= 0 ? usual : (int) Math.clamp((limit - ours) / 2, LEAST, usual);
    }

    private static final class Holder {

        static final int JARS = jars(ManagementFactory.getRuntimeMXBean().getClassPath());
    }

    /** How many there are on a class path; a jar may name others in its manifest. */
    static int jars(String classPath) {
        var count = 0;
        for (var entry : classPath.split(File.pathSeparator)) {
            count++;
            if (entry.endsWith(".jar") && Files.isRegularFile(Path.of(entry))) {
                try (var jar = new JarFile(entry, false)) {
                    var manifest = jar.getManifest();
                    var others = manifest == null
                            ? null
                            : manifest.getMainAttributes().getValue(Name.CLASS_PATH);
                    count += others == null ? 0 : others.strip().split("\\s+").length;
                } catch (IOException e) {
                    throw new UncheckedIOException("The class path has a jar that cannot be read: " + entry, e);
                }
            }
        }
        return count;
    }
}

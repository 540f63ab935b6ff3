package io.waypost.route;

import io.waypost.route.check.Mistake;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The routes of the user's directory. */
public interface Routes {

    /** All of them by file, those that cannot be used too. */
    List<RouteStatus> list();

    /** What is wrong with the files as they are now, by their names. */
    Map<String, Mistake> mistakes();

    /**
     * What is wrong with a file, without taking it in.
     *
     * @param file the name it is to have, so that its routes may be called as in the file of this name there is; null if it
     *     has none yet
     * @return nothing if it would be taken
     */
    List<Mistake> validate(byte[] content, @Nullable String file);
}

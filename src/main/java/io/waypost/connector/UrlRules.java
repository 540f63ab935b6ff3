package io.waypost.connector;

import org.jspecify.annotations.Nullable;

/** Which URLs a config may name. */
public interface UrlRules {

    /** What is wrong with a URL, in words for whoever wrote it; null if nothing is. */
    @Nullable
    String problem(String url);
}

package io.waypost.platform;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found of a list in one go, newest first. There may be fewer items than asked for, even none, though there are more:
 * nobody looks at everything to fill a page.
 *
 * @param reached everything before this has been looked at; null: there is nothing from here on
 */
public record Part<T, K>(List<T> items, @Nullable K reached) {}

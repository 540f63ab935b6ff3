/** The one clock: the database's where nodes share one, and what happens when it steps. */
@NullMarked
package io.waypost.platform.clock;

import org.jspecify.annotations.NullMarked;

/** What waits in the database for its time, and the one look that finds it. */
@NullMarked
package io.waypost.platform.due;

import org.jspecify.annotations.NullMarked;

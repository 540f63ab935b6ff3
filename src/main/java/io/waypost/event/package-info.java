/** Events, the log that keeps them, and the types they may have. */
@NullMarked
package io.waypost.event;

import org.jspecify.annotations.NullMarked;

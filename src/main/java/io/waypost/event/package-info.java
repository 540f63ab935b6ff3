/** Events, the log that stores them, and event types. */
@NullMarked
package io.waypost.event;

import org.jspecify.annotations.NullMarked;

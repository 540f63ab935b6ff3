/** Replay buffers of subscriptions that are not active, and replays of these buffers and of ranges of the log. */
@NullMarked
package io.waypost.replay;

import org.jspecify.annotations.NullMarked;

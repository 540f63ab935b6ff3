/** Describes an event in one sentence. */
@NullMarked
package io.waypost.event.summary;

import org.jspecify.annotations.NullMarked;

/** Says in a sentence what an event tells. */
@NullMarked
package io.waypost.event.summary;

import org.jspecify.annotations.NullMarked;

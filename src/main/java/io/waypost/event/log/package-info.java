/** The event log as a place Camel routes can start from. */
@NullMarked
package io.waypost.event.log;

import org.jspecify.annotations.NullMarked;

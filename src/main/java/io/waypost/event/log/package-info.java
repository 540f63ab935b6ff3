/** The event log as a Camel component that routes can consume from. */
@NullMarked
package io.waypost.event.log;

import org.jspecify.annotations.NullMarked;

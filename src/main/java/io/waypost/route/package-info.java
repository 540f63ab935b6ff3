/** The users' own flows: YAML routes that are read from a directory, checked, run, and subscribed to events. */
@NullMarked
package io.waypost.route;

import org.jspecify.annotations.NullMarked;

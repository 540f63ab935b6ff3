/** What is written to the log, whatever is said: nothing that a terminal obeys or that looks like a line of its own. */
@NullMarked
package io.waypost.platform.log;

import org.jspecify.annotations.NullMarked;

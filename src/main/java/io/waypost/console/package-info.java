/** Web pages for people. No rule of its own. */
@NullMarked
package io.waypost.console;

import org.jspecify.annotations.NullMarked;

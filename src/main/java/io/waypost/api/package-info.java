/** The HTTP API. No rule of its own. */
@NullMarked
package io.waypost.api;

import org.jspecify.annotations.NullMarked;

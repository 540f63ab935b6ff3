/** Who wants which events, where, and in what shape. */
@NullMarked
package io.waypost.subscription;

import org.jspecify.annotations.NullMarked;

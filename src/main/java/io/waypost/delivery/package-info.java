/** One event to one subscription: attempts, verdicts, retries, deactivation. */
@NullMarked
package io.waypost.delivery;

import org.jspecify.annotations.NullMarked;

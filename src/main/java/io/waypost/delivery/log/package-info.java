/** Deliveries and their attempts as they are stored, and the port to the store. */
@NullMarked
package io.waypost.delivery.log;

import org.jspecify.annotations.NullMarked;

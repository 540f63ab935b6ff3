/** Circuit breakers: hold back the deliveries of a subscription whose receiver does not answer. */
@NullMarked
package io.waypost.delivery.circuit;

import org.jspecify.annotations.NullMarked;

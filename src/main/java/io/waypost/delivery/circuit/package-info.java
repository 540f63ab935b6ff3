/** Whether a subscription's receiver answers at all, and holding back what is for one that does not. */
@NullMarked
package io.waypost.delivery.circuit;

import org.jspecify.annotations.NullMarked;

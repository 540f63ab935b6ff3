/** Several events in one delivery: gathers what waits for a batch, and sends it when it is full or has waited long enough. */
@NullMarked
package io.waypost.delivery.batch;

import org.jspecify.annotations.NullMarked;

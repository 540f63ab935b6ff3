/**
 * Batches, which send several events at once: gathers deliveries for a batch, and sends it when it is full or has waited
 * long enough.
 */
@NullMarked
package io.waypost.delivery.batch;

import org.jspecify.annotations.NullMarked;

/** Deliveries that are sent in batches, in the database. */
@NullMarked
package io.waypost.store.jdbc.batch;

import org.jspecify.annotations.NullMarked;

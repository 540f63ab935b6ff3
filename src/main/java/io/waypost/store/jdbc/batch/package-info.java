/** The SQL of deliveries that go in batches. */
@NullMarked
package io.waypost.store.jdbc.batch;

import org.jspecify.annotations.NullMarked;

/** Deliveries that wait for a run, in the database. */
@NullMarked
package io.waypost.store.jdbc.runs;

import org.jspecify.annotations.NullMarked;

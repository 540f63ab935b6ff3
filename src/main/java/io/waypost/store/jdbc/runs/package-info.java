/** Deliveries that wait for a dispatch run, in the database. */
@NullMarked
package io.waypost.store.jdbc.runs;

import org.jspecify.annotations.NullMarked;

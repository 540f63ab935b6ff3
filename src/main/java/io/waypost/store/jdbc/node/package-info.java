/** Heartbeats of the nodes, and the shared clock, in the database. */
@NullMarked
package io.waypost.store.jdbc.node;

import org.jspecify.annotations.NullMarked;

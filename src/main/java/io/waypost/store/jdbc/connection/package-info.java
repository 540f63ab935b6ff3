/** Connections in the database. */
@NullMarked
package io.waypost.store.jdbc.connection;

import org.jspecify.annotations.NullMarked;

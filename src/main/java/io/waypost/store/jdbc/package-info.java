/** All SQL statements, for H2 and PostgreSQL. No other package imports this one. */
@NullMarked
package io.waypost.store.jdbc;

import org.jspecify.annotations.NullMarked;

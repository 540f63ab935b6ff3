/** Every SQL statement, for H2 and PostgreSQL. Imported by nobody. */
@NullMarked
package io.waypost.store.jdbc;

import org.jspecify.annotations.NullMarked;

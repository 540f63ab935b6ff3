/** Inbound sources, and the requests they rejected, in the database. */
@NullMarked
package io.waypost.store.jdbc.source;

import org.jspecify.annotations.NullMarked;

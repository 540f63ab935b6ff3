/** Inbound sources, and what they refused, as rows. */
@NullMarked
package io.waypost.store.jdbc.source;

import org.jspecify.annotations.NullMarked;

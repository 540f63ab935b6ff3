/** The rows that hold sealed values, for sealing them with another key. */
@NullMarked
package io.waypost.store.jdbc.secret;

import org.jspecify.annotations.NullMarked;

/** Which database it is, and what is done to it before anything else may use it. */
@NullMarked
package io.waypost.store.jdbc.database;

import org.jspecify.annotations.NullMarked;

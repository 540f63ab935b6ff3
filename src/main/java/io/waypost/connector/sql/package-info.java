/** A statement of the user's in a database of theirs, with values of the event bound to it. */
@NullMarked
package io.waypost.connector.sql;

import org.jspecify.annotations.NullMarked;

/** Campaigns, and the progress of counting them, in the database. */
@NullMarked
package io.waypost.store.jdbc.campaign;

import org.jspecify.annotations.NullMarked;

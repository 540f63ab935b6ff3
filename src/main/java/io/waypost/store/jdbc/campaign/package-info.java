/** Campaigns, and how far they have been counted, as rows. */
@NullMarked
package io.waypost.store.jdbc.campaign;

import org.jspecify.annotations.NullMarked;

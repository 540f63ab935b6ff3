/** Tenants, keys, event types and remembered requests in the database. */
@NullMarked
package io.waypost.store.jdbc.tenancy;

import org.jspecify.annotations.NullMarked;

/** Tenants, their keys, and what a key may do. */
@NullMarked
package io.waypost.tenancy;

import org.jspecify.annotations.NullMarked;

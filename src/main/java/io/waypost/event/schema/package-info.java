/** JSON Schemas of tenants: checked before they are stored, and evaluated within bounds of time and memory. */
@NullMarked
package io.waypost.event.schema;

import org.jspecify.annotations.NullMarked;

/** JSON Schemas that come from outside: checked before they are kept, and run within bounds. */
@NullMarked
package io.waypost.event.schema;

import org.jspecify.annotations.NullMarked;

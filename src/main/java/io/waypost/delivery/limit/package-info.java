/** How much this node does at once, and how fast. */
@NullMarked
package io.waypost.delivery.limit;

import org.jspecify.annotations.NullMarked;

/** How much this node does at once. */
@NullMarked
package io.waypost.delivery.permit;

import org.jspecify.annotations.NullMarked;

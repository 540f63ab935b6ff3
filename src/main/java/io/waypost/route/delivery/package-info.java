/** Flows as subscribers: a subscription of its own for each that starts from events, and the connector that hands them over. */
@NullMarked
package io.waypost.route.delivery;

import org.jspecify.annotations.NullMarked;

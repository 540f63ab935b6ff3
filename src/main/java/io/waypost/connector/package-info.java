/** Ways out of the gateway: what a connector is given, what it answers, and which ones there are. */
@NullMarked
package io.waypost.connector;

import org.jspecify.annotations.NullMarked;

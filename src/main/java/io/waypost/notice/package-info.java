/** Telling owners what happened to their subscriptions. */
@NullMarked
package io.waypost.notice;

import org.jspecify.annotations.NullMarked;

/** Counts what became of each campaign: how many got it, opened it, clicked in it, how many bounced. */
@NullMarked
package io.waypost.campaign;

import org.jspecify.annotations.NullMarked;

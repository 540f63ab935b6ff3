/** Inbound sources: the addresses that vendors post to, and the way from what they post to events. */
@NullMarked
package io.waypost.intake.source;

import org.jspecify.annotations.NullMarked;

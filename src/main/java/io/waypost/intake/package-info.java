/** Ways in: what publishers post becomes events. */
@NullMarked
package io.waypost.intake;

import org.jspecify.annotations.NullMarked;

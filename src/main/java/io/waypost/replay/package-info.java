/** What came while a subscription was not active, and sending it later. */
@NullMarked
package io.waypost.replay;

import org.jspecify.annotations.NullMarked;

/** What follows from an outcome: when to try again, and when to give up. Pure. */
@NullMarked
package io.waypost.delivery.policy;

import org.jspecify.annotations.NullMarked;

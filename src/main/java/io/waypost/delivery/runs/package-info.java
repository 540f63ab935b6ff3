/** Deliveries that do not leave at once but in runs, on command or by a cron expression. */
@NullMarked
package io.waypost.delivery.runs;

import org.jspecify.annotations.NullMarked;

/** Deliveries that are not sent at once but in dispatch runs, on request or by a cron expression. */
@NullMarked
package io.waypost.delivery.runs;

import org.jspecify.annotations.NullMarked;

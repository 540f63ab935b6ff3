/** What is written down about deliveries, and the port that keeps it. */
@NullMarked
package io.waypost.delivery.log;

import org.jspecify.annotations.NullMarked;

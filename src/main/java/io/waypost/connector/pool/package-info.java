/** What connectors with clients of their own share: one client per destination, bounded and closed when idle, one deadline. */
@NullMarked
package io.waypost.connector.pool;

import org.jspecify.annotations.NullMarked;

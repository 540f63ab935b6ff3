/** Amazon EventBridge event patterns: read, bounded, and compared with events at a known cost. */
@NullMarked
package io.waypost.subscription.filter;

import org.jspecify.annotations.NullMarked;

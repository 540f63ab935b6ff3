/** The one HTTP client: exactly one request an attempt, one deadline over all of it, bounded answers, guarded addresses. */
@NullMarked
package io.waypost.connector.http.client;

import org.jspecify.annotations.NullMarked;

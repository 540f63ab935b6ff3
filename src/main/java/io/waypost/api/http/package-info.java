/** HTTP itself: who calls, what the body is, how errors, lists and repeated requests are answered. */
@NullMarked
package io.waypost.api.http;

import org.jspecify.annotations.NullMarked;

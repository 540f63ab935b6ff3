/** Which gateways share the database, and whether they live. */
@NullMarked
package io.waypost.platform.node;

import org.jspecify.annotations.NullMarked;

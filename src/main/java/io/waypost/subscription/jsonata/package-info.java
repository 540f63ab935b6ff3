/** JSONata in a sandbox: what a tenant writes is bounded in time, depth and size. */
@NullMarked
package io.waypost.subscription.jsonata;

import org.jspecify.annotations.NullMarked;

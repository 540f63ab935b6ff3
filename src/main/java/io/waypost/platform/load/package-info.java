/** How busy the machine is. */
@NullMarked
package io.waypost.platform.load;

import org.jspecify.annotations.NullMarked;

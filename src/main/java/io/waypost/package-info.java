/** The process: puts the parts together and starts them. */
@NullMarked
package io.waypost;

import org.jspecify.annotations.NullMarked;

/** Whether anything can be stored. */
@NullMarked
package io.waypost.platform.storage;

import org.jspecify.annotations.NullMarked;

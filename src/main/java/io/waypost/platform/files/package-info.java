/** Directories of users' files, watched while the gateway runs. */
@NullMarked
package io.waypost.platform.files;

import org.jspecify.annotations.NullMarked;

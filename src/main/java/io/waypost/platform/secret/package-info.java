/** The keys the gateway keeps for itself, and the box that encrypts with them what is stored. */
@NullMarked
package io.waypost.platform.secret;

import org.jspecify.annotations.NullMarked;

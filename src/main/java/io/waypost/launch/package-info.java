/**
 * What starts the one jar. These classes lie beside Spring Boot's own loader, in front of the gateway's class path, and know
 * nothing of the gateway.
 */
@NullMarked
package io.waypost.launch;

import org.jspecify.annotations.NullMarked;

/** The HTTP of what makes Waypost a hub: connections, inbound sources, REST hooks and the users' routes. No rule of its own. */
@NullMarked
package io.waypost.api.hub;

import org.jspecify.annotations.NullMarked;

/** What a user's flow may hold: reads the YAML and names every line that is not allowed. */
@NullMarked
package io.waypost.route.check;

import org.jspecify.annotations.NullMarked;

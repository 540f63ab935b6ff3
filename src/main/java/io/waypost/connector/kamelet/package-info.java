/** The catalogue: reads the Kamelet of each connector, checks configs against it, and runs it in Camel. */
@NullMarked
package io.waypost.connector.kamelet;

import org.jspecify.annotations.NullMarked;

/** Connectors that are one HTTP request: the shared client with its bounds, and the engine behind their description files. */
@NullMarked
package io.waypost.connector.http;

import org.jspecify.annotations.NullMarked;

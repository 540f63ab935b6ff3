/** Connections: credentials stored once and used by many subscriptions, the tokens and certificates they stand for. */
@NullMarked
package io.waypost.connector.connection;

import org.jspecify.annotations.NullMarked;

/** Mail over SMTP. */
@NullMarked
package io.waypost.connector.email;

import org.jspecify.annotations.NullMarked;

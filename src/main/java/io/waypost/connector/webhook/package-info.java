/** The signed webhook: body formats, signatures, secrets. */
@NullMarked
package io.waypost.connector.webhook;

import org.jspecify.annotations.NullMarked;

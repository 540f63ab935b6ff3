/** The OpenAPI document: what the endpoints look like, written beside them and put together here. */
@NullMarked
package io.waypost.api.openapi;

import org.jspecify.annotations.NullMarked;

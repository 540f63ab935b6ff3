/** The nodes' signs of life, as rows. */
@NullMarked
package io.waypost.store.jdbc.node;

import org.jspecify.annotations.NullMarked;

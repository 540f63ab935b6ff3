/** What is stored sealed, as the rows it stands in. */
@NullMarked
package io.waypost.store.jdbc.secret;

import org.jspecify.annotations.NullMarked;

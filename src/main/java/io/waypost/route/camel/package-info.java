/** The Camel that the users' flows run in, apart from the one of the pipeline, and the components they have there. */
@NullMarked
package io.waypost.route.camel;

import org.jspecify.annotations.NullMarked;

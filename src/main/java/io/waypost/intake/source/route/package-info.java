/** The steps of the routes of inbound sources: from a post to its items, by an expression of the file to events. */
@NullMarked
package io.waypost.intake.source.route;

import org.jspecify.annotations.NullMarked;

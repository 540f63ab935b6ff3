/** What flows reach: databases and brokers of the settings, HTTP behind the address guard, groups kept in the database. */
@NullMarked
package io.waypost.route.resource;

import org.jspecify.annotations.NullMarked;

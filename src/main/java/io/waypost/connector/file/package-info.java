/** Lines of JSON in files below one directory that the operator allows. */
@NullMarked
package io.waypost.connector.file;

import org.jspecify.annotations.NullMarked;

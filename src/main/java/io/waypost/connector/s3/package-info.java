/** Objects of JSON lines in buckets of S3, and of whatever speaks its protocol. */
@NullMarked
package io.waypost.connector.s3;

import org.jspecify.annotations.NullMarked;

/** Records in topics of Kafka. */
@NullMarked
package io.waypost.connector.kafka;

import org.jspecify.annotations.NullMarked;

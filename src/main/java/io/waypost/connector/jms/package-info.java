/** Messages in queues and topics, by Artemis' own protocol or by AMQP 1.0. */
@NullMarked
package io.waypost.connector.jms;

import org.jspecify.annotations.NullMarked;

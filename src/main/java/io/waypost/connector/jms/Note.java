package io.waypost.connector.jms;

import java.util.Map;

/**
 * A message ready to be sent.
 *
 * @param properties texts, booleans and numbers by names that JMS allows
 */
record Note(String body, String event, String type, String delivery, Map<String, Object> properties) {}

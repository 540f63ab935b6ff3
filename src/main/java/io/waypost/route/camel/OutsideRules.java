package io.waypost.route.camel;

import jakarta.jms.JMSException;
import jakarta.jms.ObjectMessage;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.component.jms.JmsMessage;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

/**
 * What comes into a flow from outside, by whichever endpoint, steers no step of it and runs no code. Headers of Camel tell
 * steps what to do; its endpoints keep such names out, but most of them only as Camel itself writes them, while it finds
 * headers whatever their case. A JMS message that is a Java object is not read, because reading it is running what it says.
 */
final class OutsideRules implements InterceptStrategy {

    private static final String CAMEL = "Camel";

    /** Of Kafka's own, which do not begin with that: what sends a record elsewhere than the flow says. */
    private static final String KAFKA = "kafka.OVERRIDE_";

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor nextTarget) {
        return new DelegateAsyncProcessor(target) {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                try {
                    refuseObjects(exchange);
                } catch (RuntimeCamelException e) {
                    exchange.setException(e);
                    callback.done(true);
                    return true;
                }
                exchange.getMessage().getHeaders().keySet().removeIf(OutsideRules::steers);
                return super.process(exchange, callback);
            }
        };
    }

    private static boolean steers(String header) {
        return begins(header, KAFKA) || (begins(header, CAMEL) && !header.startsWith(CAMEL));
    }

    private static boolean begins(String header, String prefix) {
        return header.regionMatches(true, 0, prefix, 0, prefix.length());
    }

    private static void refuseObjects(Exchange exchange) {
        if (exchange.getMessage() instanceof JmsMessage message
                && message.getJmsMessage() instanceof ObjectMessage given) {
            throw new RuntimeCamelException(
                    "the message %s is a Java object, which is not read; send text or bytes".formatted(id(given)));
        }
    }

    private static String id(ObjectMessage message) {
        try {
            return message.getJMSMessageID();
        } catch (JMSException _) {
            return "without an id";
        }
    }
}

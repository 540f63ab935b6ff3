package io.waypost.platform.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.AppenderAttachable;
import java.util.Iterator;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/**
 * Puts a {@link VisibleEncoder} before every console and file that is logged to, once it is known how to log: with whatever
 * pattern or format, and whatever library it is that repeats the words of somebody else.
 */
public final class VisibleLog implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

    @Override
    public int getOrder() {
        return LoggingApplicationListener.DEFAULT_ORDER + 1;
    }

    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLoggerList().forEach(logger -> wrapAll(logger.iteratorForAppenders()));
        }
    }

    private static void wrapAll(Iterator<Appender<ILoggingEvent>> appenders) {
        appenders.forEachRemaining(VisibleLog::wrap);
    }

    static void wrap(Appender<ILoggingEvent> appender) {
        if (appender instanceof OutputStreamAppender<ILoggingEvent> out) {
            Encoder<ILoggingEvent> encoder = out.getEncoder();
            if (encoder != null && !(encoder instanceof VisibleEncoder)) {
                out.setEncoder(new VisibleEncoder(encoder));
            }
        } else if (appender instanceof AppenderAttachable<?> several) {
            @SuppressWarnings("unchecked") // what takes events of a logger hands them on
            var attached = (AppenderAttachable<ILoggingEvent>) several;
            wrapAll(attached.iteratorForAppenders());
        }
    }
}

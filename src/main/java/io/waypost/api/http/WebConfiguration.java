package io.waypost.api.http;

import io.waypost.platform.OpenFiles;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.catalina.core.StandardHost;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** What controllers may ask for, and how Tomcat answers by itself. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration implements WebMvcConfigurer {

    private final Reads reads;

    WebConfiguration(Reads reads) {
        this.reads = reads;
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(reads);
    }

    @Override
    public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new Argument<>(Caller.class, WebConfiguration::caller));
        resolvers.add(new Argument<>(Query.class, Query::of));
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemsOfTomcat() {
        return factory -> factory.addContextCustomizers(context -> {
            if (context.getParent() instanceof StandardHost host) {
                host.setErrorReportValveClass(ProblemValve.class.getName());
                host.getPipeline().addValve(new ProblemValve());
            }
        });
    }

    /** Fewer connections than the process may have files open, or there would be none left to store with, nor for a probe. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> roomForConnections() {
        return factory -> {
            factory.setProtocol(RoomyProtocol.class.getName());
            factory.addConnectorCustomizers(connector -> {
                if (connector.getProtocolHandler() instanceof RoomyProtocol protocol) {
                    protocol.setMaxConnections(OpenFiles.connections(protocol.getMaxConnections()));
                }
            });
        };
    }

    /** Heads may come slowly, when the client is; a body has no excuse. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> pauseOfBodies() {
        return factory -> factory.addConnectorCustomizers(connector -> {
            if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> http) {
                http.setDisableUploadTimeout(false);
                http.setConnectionUploadTimeout((int) Bodies.LONGEST_PAUSE.toMillis());
            }
        });
    }

    static Caller caller(HttpServletRequest request) {
        return (Caller) Objects.requireNonNull(
                request.getAttribute(Caller.class.getName()), "the filter lets nobody in without a key");
    }

    /** An argument that is read from the request alone. */
    private record Argument<T>(Class<T> type, Function<HttpServletRequest, T> reader)
            implements HandlerMethodArgumentResolver {

        @Override
        public boolean supportsParameter(MethodParameter parameter) {
            return parameter.getParameterType() == type;
        }

        @Override
        public T resolveArgument(
                MethodParameter parameter,
                @Nullable ModelAndViewContainer model,
                NativeWebRequest request,
                @Nullable WebDataBinderFactory binders) {
            return reader.apply(Objects.requireNonNull(request.getNativeRequest(HttpServletRequest.class)));
        }
    }
}

package io.waypost.api.openapi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What an endpoint takes and gives, for the OpenAPI document only: bodies are read and written by hand, so their types do
 * not show in its signature.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Shape {

    /** A record that looks like the request's body; {@code Void}: there is none. */
    Class<?> takes() default Void.class;

    /** Whether the body may be left out. */
    boolean optional() default false;

    /** Content types of the request. */
    String[] as() default "application/json";

    /** The status of success. */
    int status() default 200;

    /** A record that looks like the answer's body; {@code Void}: there is none. */
    Class<?> gives() default Void.class;

    /** Whether the answer is a page of {@link #gives}; adds {@code limit} and {@code cursor}. */
    boolean list() default false;

    /** Names of query parameters; see {@link Shapes} for what they mean. */
    String[] query() default {};
}

package io.waypost.delivery;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Makes a port of an object that has only those of its methods that a test needs; whoever calls another fails. */
public final class Unasked {

    private Unasked() {}

    /** @param some has public methods of the same names and parameters as those of the port */
    public static <T> T but(Class<T> port, Object some) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (_, method, arguments) -> call(some, method, arguments)));
    }

    private static Object call(Object some, Method method, Object[] arguments) throws Throwable {
        Method own;
        try {
            own = some.getClass().getMethod(method.getName(), method.getParameterTypes());
        } catch (NoSuchMethodException e) {
            throw new AssertionError("nobody was to call " + method, e);
        }
        own.setAccessible(true);
        try {
            return own.invoke(some, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}

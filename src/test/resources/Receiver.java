import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

/** Prints what it gets and answers 204. For trying Waypost out: java Receiver.java */
public class Receiver {
    public static void main(String[] args) throws Exception {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 9999), 0);
        server.createContext("/", exchange -> {
            System.out.println("\n" + exchange.getRequestMethod() + " " + exchange.getRequestURI());
            exchange.getRequestHeaders()
                    .forEach((name, values) -> System.out.println(name.toLowerCase() + ": " + values.get(0)));
            System.out.println("\n" + new String(exchange.getRequestBody().readAllBytes(), "UTF-8"));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        System.out.println("The receiver listens on http://localhost:9999");
    }
}

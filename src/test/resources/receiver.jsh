import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
var receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 9999), 0);
receiver.createContext("/", exchange -> {
    System.out.println("\n" + exchange.getRequestMethod() + " " + exchange.getRequestURI());
    exchange.getRequestHeaders().forEach((name, values) -> System.out.println(name.toLowerCase() + ": " + values.get(0)));
    System.out.println("\n" + new String(exchange.getRequestBody().readAllBytes()));
    exchange.sendResponseHeaders(204, -1);
    exchange.close();
});
receiver.start();
System.out.println("The receiver listens on http://localhost:9999");

package io.waypost.contract;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Requests byte by byte, as no client would let them out. */
final class RawHttp {

    private RawHttp() {}

    /**
     * Sends one request.
     *
     * @param head the request line and headers, without Host and Connection
     * @return the whole answer
     */
    static String send(String url, String head, byte[] body) throws IOException {
        var port = URI.create(url).getPort();
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            var request = new ByteArrayOutputStream();
            request.writeBytes((head + "\r\nHost: 127.0.0.1:" + port + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            request.writeBytes(body);
            socket.getOutputStream().write(request.toByteArray());
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static String send(String url, String head) throws IOException {
        return send(url, head, new byte[0]);
    }

    static int status(String answer) {
        return Integer.parseInt(answer.split(" ", 3)[1]);
    }
}

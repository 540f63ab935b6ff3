package io.waypost.api.http;

import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.web.servlet.error.ErrorController;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Where the servlet container sends what failed outside of Spring MVC. Asked for directly, it does not exist. */
@Hidden
@RestController
final class ProblemPage implements ErrorController {

    @RequestMapping("/error")
    void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
        var status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code ? code : 404;
        var cause = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof Throwable e ? e : null;
        // What the client did wrong Tomcat has found itself, and says by the status alone.
        var problem = cause == null || status < 500 ? Problem.of(status, Problem.describe(status)) : Problem.of(cause);
        Problems.write(problem, cause, asFirstAsked(request), response);
    }

    private static HttpServletRequest asFirstAsked(HttpServletRequest request) {
        var uri = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
        return new HttpServletRequestWrapper(request) {
            @Override
            public String getRequestURI() {
                return uri instanceof String original ? original : super.getRequestURI();
            }
        };
    }
}

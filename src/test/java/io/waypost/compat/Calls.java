package io.waypost.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.flow.Flow;
import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;

/** What tests of other systems' own calls share: a gateway that has them switched on, a tenant with its key, few words. */
abstract class Calls extends Flow {

    static final String ALL = "mailingwork,benchmark,mailjet,getresponse";

    private static final AtomicInteger TENANTS = new AtomicInteger();

    String tenant;
    String key;

    /** A client that sends no key of ours by itself. */
    Api bare;

    Calls() {
        super(SwitchedOn.GATEWAY);
    }

    private static final class SwitchedOn {
        static final Gateway GATEWAY = Gateway.with(Map.of("waypost.compat", ALL));
    }

    @Override
    @BeforeEach
    protected void open() {
        super.open();
        tenant = "shop" + TENANTS.incrementAndGet();
        gateway.admin().post("/v1/tenants", "{\"id\":\"%s\"}".formatted(tenant)).expect(201);
        key = key("publish", "manage");
        api = api.with(key);
        bare = api.with(null);
    }

    String key(String... scopes) {
        var names = String.join("\",\"", scopes);
        return gateway.admin()
                .post("/v1/tenants/%s/keys".formatted(tenant), "{\"name\":\"k\",\"scopes\":[\"%s\"]}".formatted(names))
                .expect(201)
                .json()
                .path("key")
                .textValue();
    }

    /** Makes the calls at the same moment; answers with their statuses, lowest first. */
    static List<Integer> atOnce(List<Callable<Api.Answer>> calls) throws Exception {
        var start = new CyclicBarrier(calls.size());
        try (var all = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = calls.stream()
                    .map(call -> all.submit(() -> {
                        start.await();
                        return call.call().status();
                    }))
                    .toList();
            var statuses = new ArrayList<Integer>();
            for (var answer : answers) {
                statuses.add(answer.get());
            }
            Collections.sort(statuses);
            return statuses;
        }
    }

    static String basic(String user, String password) {
        var plain = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(plain);
    }

    static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The only subscription of the app. */
    JsonNode theOne(String app) {
        var found = api.get("/v1/subscriptions?app=" + app).expect(200).json().path("data");
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    /** The fixture with the receiver's address in the place of the example's. */
    String wire(String name, String path) {
        return fixture(name).replaceAll("https://gateway.example.com/in/\\w+", receiver.url(path));
    }
}

package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** "Addresses" of the HTTP contract, on a gateway that keeps out of private networks. */
class AddressesContractTest {

    private static Gateway gateway;
    private static Api api;

    @BeforeAll
    static void open() {
        gateway = Gateway.with(Map.of("waypost.allow-private-networks", false));
        api = gateway.tenant();
    }

    @AfterAll
    static void close() {
        gateway.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.255",
                "169.254.169.254",
                "168.63.129.16",
                "2822734096",
                "100.100.100.200",
                "192.0.0.192",
                "[fd00:ec2::254]",
                "[::ffff:168.63.129.16]",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.7",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "localhost",
                "LOCALHOST",
                "localhost.",
                "a.localhost",
                "127.0.0.1.",
                "[::]",
                "[::1]",
                "[fc00::1]",
                "[fdff::1]",
                "[fe80::1]",
                "[febf::1]",
                "[fec0::1]",
                "[ff02::1]",
                "[2001:db8::1]",
                "[3fff::1]",
                "[100::1]",
                "[5f00::1]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[::127.0.0.1]",
                "[::7f00:1]",
                "[64:ff9b::127.0.0.1]",
                "[64:ff9b::a00:1]",
                "[2002:7f00:1::]",
                "[2002:c0a8:101::1]",
                "[2001:0:7f00:1::]",
                "[2001:0:808:808:0:0:80ff:fffe]",
                "2130706433",
                "0x7f000001",
                "0x7f.1",
                "017700000001",
                "0177.0.0.1",
                "127.1",
                "127.0.1",
                "10.1",
                "0x0a.0.0.1",
                "3232235777",
                "①②⑦.0.0.1",
                "127。0。0。1"
            })
    void literalAddressesThatAreNotPublicAre422AtCreation(String host) {
        var answer = subscribe("http://" + host + "/hook");

        Contract.invalid(answer, "/url");
        Contract.invalid(subscribe("https://user:pw@" + host + ":8443/hook?x=1"), "/url");
        assertThat(answer.text()).doesNotContain("resolv");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1/", "http://localhost:8080/x", "http://[::1]/"})
    void theSettingThatWouldAllowItIsNamed(String url) {
        assertThat(subscribe(url).json().at("/errors/0/detail").textValue()).contains("WAYPOST_ALLOW_PRIVATE_NETWORKS");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://example.com/",
                "file:///etc/passwd",
                "gopher://example.com/",
                "javascript:alert(1)",
                "//example.com/",
                "example.com",
                "http://",
                "http:///x",
                "http://exa mple.com/",
                "http://a:99999/",
                "http://example.com\\@127.0.0.1/",
                "http://ex%61mple.com/",
                "jar:http://example.com/!/",
                " ",
                "http://example.com/\u0000",
                "http://[::1/",
                "http://[fe80::1%25lo]/"
            })
    void onlyHttpAndHttpsUrlsAreTaken(String url) {
        Contract.invalid(subscribe(url), "/url");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://8.8.8.8/", "https://1.1.1.1:8443/x", "http://[2606:4700::1111]/", "http://172.32.0.1/",
                "http://100.128.0.1/", "http://example.com/", "http://[64:ff9b::808:808]/", "http://[2002:808:808::]/"
            })
    void publicAddressesAndNamesAreTaken(String url) {
        var created = subscribe(url).expect(201);
        api.delete("/v1/subscriptions/" + created.json().path("id").textValue()).expect(204);
    }

    @Test
    void aChangeIsCheckedAsACreationIsAndSoArePreviewsAndChecks() {
        var id = subscribe("http://8.8.8.8/").expect(201).json().path("id").textValue();
        var config = "{\"config\":{\"url\":\"http://127.0.0.1/\"}}";

        Contract.invalid(api.patch("/v1/subscriptions/" + id, config), "/config/url");
        Contract.invalid(api.post("/v1/connectors/webhook/check", config), "/config/url");
        Contract.invalid(
                api.post(
                        "/v1/subscriptions/preview",
                        "{\"subscription\":{\"event\":\"a\",\"url\":\"http://127.0.0.1/\"},\"event\":{\"type\":\"a\"}}"),
                "/subscription/url");
        api.delete("/v1/subscriptions/" + id).expect(204);
    }

    @Test
    void aNameThatResolvesToThisMachineFailsAsAddressBlocked() throws Exception {
        var name = java.net.InetAddress.getLocalHost().getHostName();
        var found = java.net.InetAddress.getByName(name);
        org.junit.jupiter.api.Assumptions.assumeTrue(!name.equals("localhost")
                && !name.matches("[0-9.]+")
                && (found.isLoopbackAddress() || found.isSiteLocalAddress()));
        api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"order.created\",\"url\":\"http://%s:9/\",\"retry\":{\"schedule\":[]}}"
                                .formatted(name))
                .expect(201);

        var event = api.post("/v1/events", "{\"type\":\"order.created\"}")
                .expect(202)
                .json()
                .at("/events/0/id")
                .textValue();

        await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            var delivery = api.get("/v1/deliveries?event=" + event).json().at("/data/0");
            assertThat(delivery.path("status").textValue()).isEqualTo("exhausted");
            assertThat(api.get("/v1/deliveries/" + delivery.path("id").textValue())
                            .json()
                            .at("/attempts/0/error")
                            .textValue())
                    .isEqualTo("address_blocked");
        });
    }

    private static Api.Answer subscribe(String url) {
        var body = Contract.json("{\"event\":\"a\"}").put("url", url);
        return api.post("/v1/subscriptions", body.toString());
    }
}

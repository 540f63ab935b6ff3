package io.waypost.connector.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.TargetUrl;
import io.waypost.connector.http.client.AddressBlocked;
import io.waypost.connector.http.client.NameLookup;
import io.waypost.testing.TestNames;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Works on the table alone: no packet is sent to any of these addresses. */
class AddressGuardTest {

    private static final Path NOWHERE = Path.of("no-such-directory");
    private static final AddressGuard GUARD =
            new AddressGuard(ConnectorsUnderTest.settings(false, NOWHERE), new NameLookup(new TestNames()));
    private static final AddressGuard OPEN =
            new AddressGuard(ConnectorsUnderTest.settings(true, NOWHERE), new NameLookup(new TestNames()));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.0.1",
                "169.254.169.254",
                "168.63.129.16",
                "100.100.100.200",
                "192.0.0.192",
                "fd00:ec2::254",
                "fd20:ce::254",
                "fd00:42::42",
                "fe80::a9fe:a9fe",
                "::ffff:168.63.129.16",
                "64:ff9b::a83f:8110",
                "2002:a83f:8110::",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "fc00::1",
                "fdff:ffff::1",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "ff02::1",
                "2001:db8::1",
                "3fff::1",
                "3fff:fff::1",
                "100::1",
                "5f00::1",
                "4000::1",
                "::ffff:127.0.0.1",
                "::ffff:7f00:1",
                "::ffff:a00:1",
                "::127.0.0.1",
                "::a00:1",
                "64:ff9b::127.0.0.1",
                "64:ff9b::a00:1",
                "64:ff9b:1::1",
                "64:ff9b:1:7f00:0:100::",
                "2002:7f00:1::",
                "2002:a00:1::1",
                "2002:c0a8:101::",
                "2001:0:7f00:1::",
                "2001:0:808:808::80ff:fffe",
                "2001::f5ff:fffe",
                "0:0:0:0:0:0:0:1",
                "0000:0000:0000:0000:0000:ffff:127.0.0.1"
            })
    void isNotPublic(String address) throws UnknownHostException {
        assertThat(Addresses.isPublic(InetAddress.ofLiteral(address))).isFalse();
        assertThatThrownBy(() -> GUARD.resolve(address)).isInstanceOf(AddressBlocked.class);
        assertThat(GUARD.problem("http://%s/x".formatted(address.contains(":") ? "[" + address + "]" : address)))
                .contains("WAYPOST_ALLOW_PRIVATE_NETWORKS");
        assertThat(OPEN.resolve(address)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.0",
                "192.88.98.255",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2606:4700::1111",
                "2a00::1",
                "64:ff9b::8.8.8.8",
                "2002:808:808::1",
                "::ffff:8.8.8.8",
                "3ffe::1"
            })
    void isPublic(String address) throws UnknownHostException {
        assertThat(GUARD.resolve(address)).containsExactly(InetAddress.ofLiteral(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:9000/hook",
                "http://LOCALHOST/",
                "http://localhost./",
                "http://api.localhost/",
                "http://127.0.0.1/",
                "http://127.0.0.1./",
                "http://user:secret@127.0.0.1/",
                "http://①②⑦.⓪.⓪.①/",
                "http://127。0。0。1/",
                "http://[::1]:8080/",
                "http://[::ffff:127.0.0.1]/",
                "http://[0:0:0:0:0:ffff:7f00:1]/"
            })
    void namesTheSettingThatWouldAllowIt(String url) {
        assertThat(GUARD.problem(url)).contains("WAYPOST_ALLOW_PRIVATE_NETWORKS");
        assertThat(OPEN.problem(url)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://2130706433/",
                "http://0x7f000001/",
                "http://0177.0.0.1/",
                "http://127.0.0.01/",
                "http://127.1/",
                "http://127.0.1/",
                "http://0x7f.0.0.1/",
                "http://0x7f.1/",
                "http://017700000001/",
                "http://1.2.3.4.5/",
                "http://256.0.0.1/",
                "http://1.2.3.4000/",
                "http://0/",
                "http://0x/",
                "http://a.0x7f/",
                "http://１２７.1/"
            })
    void ambiguousNotationsAreRefusedWhateverTheSetting(String url) {
        assertThat(GUARD.problem(url)).contains("ambiguous").doesNotContain("WAYPOST");
        assertThat(OPEN.problem(url)).contains("ambiguous");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.com",
                "//example.com/",
                "ftp://example.com/",
                "file:///etc/passwd",
                "javascript:alert(1)",
                "jar:http://example.com!/",
                "http://",
                "http:///path",
                "http://?x",
                "http://exa mple.com/",
                "http://example.com:0/",
                "http://example.com:65536/",
                "http://example.com:x/",
                "http://exa%6dple.com/",
                "http://a@b@example.com/",
                "http://example.com\\@127.0.0.1/",
                "http://[::1",
                "http://[fe80::1%25eth0]/",
                "http://[::1]x/",
                "http://exa_mple.com/",
                "http://example.com/\r\nX: y",
                "http://example.com/\tx",
                " http://example.com/"
            })
    void whatIsNoUrlIsRefused(String url) {
        assertThat(GUARD.problem(url)).startsWith("must ");
        assertThat(OPEN.problem(url)).startsWith("must ");
    }

    @Test
    void aUrlIsAtMost2048Characters() {
        assertThat(GUARD.problem("http://example.com/" + "x".repeat(2029))).isNull();
        assertThat(GUARD.problem("http://example.com/" + "x".repeat(2030))).contains("2048");
    }

    @ParameterizedTest
    @CsvSource({
        "https://example.com, https://example.com/",
        "HTTPS://Example.COM/A, https://example.com/A",
        "http://müller.example/ä?ö=ü#frag, http://xn--mller-kva.example/%C3%A4?%C3%B6=%C3%BC",
        "http://example.com/a b/{{env:HOME}}, http://example.com/a%20b/%7B%7Benv:HOME%7D%7D",
        "http://example.com/%7Bx%zz, http://example.com/%7Bx%25zz",
        "http://example.com?a[]=1&b=RAW(x), http://example.com/?a%5B%5D=1&b=RAW(x)",
        "http://u:p@example.com:8080/x, http://example.com:8080/x",
        "http://example.com./, http://example.com./"
    })
    void aUrlIsMadeReady(String given, String ready) {
        assertThat(TargetUrl.parse(given).uri()).hasToString(ready);
    }

    @Test
    void userAndPasswordBecomeBasicAuthentication() {
        assertThat(TargetUrl.parse("http://us%3Aer:p%40ss+@example.com/").authorization())
                .isEqualTo("Basic dXM6ZXI6cEBzcys=");
    }

    @Test
    void aNameIsBlockedIfAnyOfItsAddressesIs() throws UnknownHostException {
        assertThatThrownBy(() -> GUARD.resolve(TestNames.MIXED)).isInstanceOf(AddressBlocked.class);
        assertThat(OPEN.resolve(TestNames.MIXED)).hasSize(2);
    }

    @Test
    void givenANameThatResolvesToLoopback_whenSent_thenItIsBlockedAtTheConnection() {
        try (var connectors = new ConnectorsUnderTest(false, NOWHERE)) {
            for (var host : new String[] {"localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"}) {
                var outcome = connectors.send("webhook", "{'url':'http://%s:9/'}".formatted(host));

                assertThat(outcome).isInstanceOfSatisfying(Failed.class, f -> assertThat(f.failure())
                        .isEqualTo(Failure.ADDRESS_BLOCKED));
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.web.MockHttpServletRequest;

/** What headers can do to the address of a client, which is nothing unless a proxy wrote them. */
class ClientAddressesTest {
  private static final String XFF = "X-Forwarded-For";
  private static final String FORWARDED = "Forwarded";

  private static ClientAddresses trusting(ForwardedHeader header, String... proxies) {
    return ClientAddresses.trusting("proxies", List.of(proxies), header);
  }

  private static MockHttpServletRequest from(String peer, String... headers) {
    MockHttpServletRequest request = new MockHttpServletRequest();
    request.setRemoteAddr(peer);
    for (int i = 0; i < headers.length; i += 2) {
      request.addHeader(headers[i], headers[i + 1]);
    }
    return request;
  }

  @Test
  void address_withoutTrustedProxies_isThePeer() {
    ClientAddresses none = trusting(ForwardedHeader.AUTO);

    assertThat(none.address(from("10.0.0.1", XFF, "1.2.3.4", FORWARDED, "for=1.2.3.4")))
        .isEqualTo("10.0.0.1");
  }

  @Test
  void address_ofAPeerThatIsNoTrustedProxy_isThePeer() {
    ClientAddresses rule = trusting(ForwardedHeader.X_FORWARDED_FOR, "10.0.0.0/8");

    assertThat(rule.address(from("192.0.2.9", XFF, "1.2.3.4"))).isEqualTo("192.0.2.9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // The proxy has added who it was talking to; what stands to the left of that is a claim.
        "198.51.100.7 | 198.51.100.7",
        "1.2.3.4, 198.51.100.7 | 198.51.100.7",
        "1.2.3.4, 198.51.100.7, 10.0.0.2 | 198.51.100.7",
        "10.0.0.9, 198.51.100.7 | 198.51.100.7",
        "junk, \"\", 198.51.100.7:5000 | 198.51.100.7",
        "1.2.3.4,,198.51.100.7, | 198.51.100.7",
        "[2001:db8::7]:443 | 2001:db8:0:0:0:0:0:7",
        "2001:db8::7 | 2001:db8:0:0:0:0:0:7",
        "::ffff:198.51.100.7 | 198.51.100.7",
        // Where a trusted proxy wrote no address, it is as far as can be seen.
        "1.2.3.4, unknown | 10.0.0.1",
        "1.2.3.4, garbage, 10.0.0.2 | 10.0.0.2",
        // All of them are ours: the first one is the client.
        "10.0.0.5, 10.0.0.2 | 10.0.0.5"
      })
  void address_behindATrustedProxy_isTheLastThatIsNotOne(String header, String expected) {
    ClientAddresses rule = trusting(ForwardedHeader.X_FORWARDED_FOR, "10.0.0.0/8");

    assertThat(rule.address(from("10.0.0.1", XFF, header))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "for=198.51.100.7 | 198.51.100.7",
        "For=198.51.100.7;proto=https;by=10.0.0.1 | 198.51.100.7",
        "for=1.2.3.4, for=198.51.100.7 | 198.51.100.7",
        "for=1.2.3.4,for=\"198.51.100.7:80\" , for=10.0.0.2 | 198.51.100.7",
        "for=\"[2001:db8::7]:4711\" | 2001:db8:0:0:0:0:0:7",
        // A quote that never closes cannot hide what the proxy has added.
        "for=\"1.2.3.4, for=198.51.100.7 | 198.51.100.7",
        "for=1.2.3.4;x=\", for=198.51.100.7 | 198.51.100.7",
        "for=_hidden, for=198.51.100.7 | 198.51.100.7",
        "for=1.2.3.4, for=unknown | 10.0.0.1",
        "for=1.2.3.4, by=10.0.0.1 | 10.0.0.1",
        "for=1.2.3.4;for=5.6.7.8 | 10.0.0.1",
        "for=\"1.2.3.4 | 10.0.0.1",
        "nonsense | 10.0.0.1"
      })
  void address_fromForwarded_isTheLastThatIsNotOne(String header, String expected) {
    ClientAddresses rule = trusting(ForwardedHeader.FORWARDED, "10.0.0.0/8");

    assertThat(rule.address(from("10.0.0.1", FORWARDED, header))).isEqualTo(expected);
  }

  @Test
  void address_fromSeveralLines_readsThemAsOneList() {
    ClientAddresses rule = trusting(ForwardedHeader.AUTO, "10.0.0.0/8");

    assertThat(rule.address(from("10.0.0.1", XFF, "1.2.3.4", XFF, "198.51.100.7, 10.0.0.3")))
        .isEqualTo("198.51.100.7");
    assertThat(rule.address(from("10.0.0.1", FORWARDED, "for=\"", FORWARDED, "for=198.51.100.7")))
        .isEqualTo("198.51.100.7");
  }

  @Test
  void address_withTheHeaderThatTheProxyDoesNotWrite_isNotTakenFromIt() {
    MockHttpServletRequest request =
        from("10.0.0.1", XFF, "198.51.100.7", FORWARDED, "for=1.2.3.4");
    MockHttpServletRequest onlyForged = from("10.0.0.1", FORWARDED, "for=1.2.3.4");

    assertThat(trusting(ForwardedHeader.X_FORWARDED_FOR, "10.0.0.1").address(request))
        .isEqualTo("198.51.100.7");
    assertThat(trusting(ForwardedHeader.X_FORWARDED_FOR, "10.0.0.1").address(onlyForged))
        .isEqualTo("10.0.0.1");
    assertThat(trusting(ForwardedHeader.FORWARDED, "10.0.0.1").address(request))
        .isEqualTo("1.2.3.4");
    assertThat(trusting(ForwardedHeader.AUTO, "10.0.0.1").address(request))
        .as("they disagree, so neither is believed")
        .isEqualTo("10.0.0.1");
    assertThat(
            trusting(ForwardedHeader.AUTO, "10.0.0.1")
                .address(from("10.0.0.1", XFF, "198.51.100.7", FORWARDED, "for=198.51.100.7")))
        .isEqualTo("198.51.100.7");
  }

  @Test
  void network_ofIpv6_isTheSameForAllOfOneSubscriber() {
    ClientAddresses none = trusting(ForwardedHeader.AUTO);

    String one = none.network(from("2001:db8:1:2::1"));

    assertThat(none.network(from("2001:db8:1:2:ffff:1:2:3"))).isEqualTo(one);
    assertThat(none.network(from("2001:db8:1:3::1"))).isNotEqualTo(one);
    assertThat(none.network(from("fe80:0:0:0:1:2:3:4%eth0"))).isEqualTo("fe80:0:0:0:0:0:0:0/64");
    assertThat(none.network(from("::ffff:192.0.2.1"))).isEqualTo(none.network(from("192.0.2.1")));
  }

  @Test
  void address_ofARequestInWrappers_isThatOfTheContainer() {
    ClientAddresses none = trusting(ForwardedHeader.AUTO);
    HttpServletRequest wrapped =
        new HttpServletRequestWrapper(from("192.0.2.9")) {
          @Override
          public String getRemoteAddr() {
            return "1.2.3.4";
          }
        };

    assertThat(none.address(wrapped)).isEqualTo("192.0.2.9");
  }

  @Test
  void address_ofAPeerWithoutOne_isUnknown() {
    ClientAddresses none = trusting(ForwardedHeader.AUTO);

    assertThat(none.address(from(""))).isEqualTo("unknown");
    assertThat(none.network(from("/run/app.sock"))).isEqualTo("unknown");
  }

  @Test
  void address_ofTooManyHops_stopsInTheMiddle() {
    ClientAddresses rule = trusting(ForwardedHeader.AUTO, "10.0.0.0/8");
    String header = "1.2.3.4" + ", 10.0.0.2".repeat(1_000);

    assertThat(rule.address(from("10.0.0.1", XFF, header))).isEqualTo("10.0.0.2");
  }

  @Test
  void trusting_everybody_isRefusedWithPropertyRuleAndValue() {
    assertThatThrownBy(() -> trusting(ForwardedHeader.AUTO, "10.0.0.0/8", "::/0"))
        .hasMessage(
            "proxies: must not be all addresses, because every client could then choose its own"
                + " (value: ::/0)");
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and blocks of them, read from text. */
class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1, 192.0.2.1",
    "0.0.0.0, 0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255, 255.255.255.255",
    "2001:db8::1, 2001:db8:0:0:0:0:0:1, 2001:db8:0:0:0:0:0:0/64",
    "2001:DB8:1:2:ffff:ffff:ffff:ffff, 2001:db8:1:2:ffff:ffff:ffff:ffff, 2001:db8:1:2:0:0:0:0/64",
    "::, 0:0:0:0:0:0:0:0, 0:0:0:0:0:0:0:0/64",
    "::1, 0:0:0:0:0:0:0:1, 0:0:0:0:0:0:0:0/64",
    "1::, 1:0:0:0:0:0:0:0, 1:0:0:0:0:0:0:0/64",
    "::ffff:192.0.2.1, 192.0.2.1, 192.0.2.1",
    "::ffff:c000:201, 192.0.2.1, 192.0.2.1",
    "0:0:0:0:0:ffff:192.0.2.1, 192.0.2.1, 192.0.2.1",
    "64:ff9b::192.0.2.1, 64:ff9b:0:0:0:0:c000:201, 64:ff9b:0:0:0:0:0:0/64"
  })
  void parse_anAddress_isThatAddressInOneForm(String text, String normal, String network) {
    IpAddress address = IpAddress.parse(text);

    assertThat(address).hasToString(normal);
    assertThat(address.network()).isEqualTo(network);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.4 ",
        "1.2.3.-4",
        "1.2.3.4:80",
        "[::1]",
        "::1%eth0",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        ":1:2",
        "1:2:",
        "12345::",
        "g::",
        "::ffff:1.2.3",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7::8",
        "0x7f.0.0.1",
        "2130706433",
        "_hidden",
        "unknown",
        "1.2.3.4\u0660"
      })
  void parse_anythingElse_isNothing(String text) {
    assertThat(IpAddress.parse(text)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1:4711, 192.0.2.1",
    "[2001:db8::1]:443, 2001:db8:0:0:0:0:0:1",
    "[2001:db8::1], 2001:db8:0:0:0:0:0:1",
    "2001:db8::1, 2001:db8:0:0:0:0:0:1",
    "[::ffff:10.0.0.1]:1, 10.0.0.1",
    "192.0.2.1:_x, 192.0.2.1",
    "192.0.2.1:, ",
    "192.0.2.1:123456, ",
    "[192.0.2.1]:1, ",
    "[2001:db8::1, ",
    "[2001:db8::1]x, ",
    "localhost:80, ",
    "_gazonk, ",
    "unknown, "
  })
  void parseNode_withPort_isTheAddressAlone(String text, String expected) {
    IpAddress address = IpAddress.parseNode(text);

    assertThat(address == null ? null : address.toString()).isEqualTo(expected);
  }

  @Test
  void parse_randomAddresses_agreesWithTheJdk() throws Exception {
    Random random = new Random(42);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(bytes);
      for (int zero = 0; zero < random.nextInt(bytes.length); zero++) {
        bytes[random.nextInt(bytes.length)] = 0;
      }
      InetAddress expected = InetAddress.getByAddress(bytes);

      assertThat(IpAddress.parse(expected.getHostAddress())).hasToString(expected.getHostAddress());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.1.2, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.1.2.3, 10.1.2.3, true",
    "10.1.2.3/32, 10.1.2.2, false",
    "128.0.0.0/1, 200.1.1.1, true",
    "10.0.0.0/8, ::ffff:10.0.0.1, true",
    "::ffff:10.0.0.0/104, 10.9.9.9, true",
    "fd00::/8, fdff::1, true",
    "fd00::/8, fe00::1, false",
    "2001:db8::/65, 2001:db8::7fff:ffff:ffff:ffff, true",
    "2001:db8::/65, 2001:db8::8000:0:0:0, false",
    "2001:db8::1, 2001:db8::1, true",
    "2001:db8::1, 2001:db8::2, false",
    "2001:db8::/64, 2001:db8:0:1::1, false",
    "fd00::/8, 10.0.0.1, false"
  })
  void cidr_contains_itsAddressesOnly(String block, String address, boolean inside) {
    assertThat(Cidr.parse(block).contains(IpAddress.parse(address))).isEqualTo(inside);
  }

  @ParameterizedTest
  @CsvSource({
    "proxy.example.org, must be IP addresses",
    "10.0.0.0/33, at most 32 bits",
    "10.0.0.0/-1, at most 32 bits",
    "10.0.0.0/x, at most 32 bits",
    "fd00::/129, at most 128 bits",
    "::ffff:10.0.0.0/95, at most 32 bits",
    "0.0.0.0/0, must not be all addresses",
    "::/0, must not be all addresses",
    "10.0.0.1/8, no bits set behind the prefix",
    "fd00::1/64, no bits set behind the prefix",
    "fd00::1:0:0:0/72, no bits set behind the prefix"
  })
  void cidr_thatMeansSomethingElse_isRefused(String block, String rule) {
    assertThatThrownBy(() -> Cidr.parse(block))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(rule);
  }
}

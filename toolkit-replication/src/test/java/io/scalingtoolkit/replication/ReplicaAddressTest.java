// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaAddressTest {
  @ParameterizedTest
  @CsvSource({
    "db2, 5433, db2:5433",
    "db2, , db2:5432",
    "10.0.0.2, , 10.0.0.2:5432",
    "fe80::1, 5433, [fe80::1]:5433"
  })
  void hostAndPort_isFitForAUrl(String host, Integer port, String expected) {
    assertThat(new ReplicaAddress("r1", host, port).hostAndPort(5432)).isEqualTo(expected);
  }

  @Test
  void hostAndPort_noHostIsTold_saysWhatToDo() {
    assertThatThrownBy(() -> new ReplicaAddress("server-2", null, 3306).hostAndPort(3306))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("server-2")
        .hasMessageContaining("report_host");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a/b", "a?b", "a b", "a&b", "a@b", "a,b", "(a)", "a%25", "a\n", "ä", "a\\b"})
  void host_thatCouldChangeAUrl_isRefused(String host) {
    assertThatThrownBy(() -> new ReplicaAddress("r1", host, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parts_outOfRange_areRefused() {
    assertThatThrownBy(() -> new ReplicaAddress("r 1", "a", null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReplicaAddress("r1", "a", 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReplicaAddress("r1", "a", 65_536))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReplicaAddress("r1", "a".repeat(256), null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void at_host_isItsName() {
    assertThat(ReplicaAddress.at("db2.example.com").name()).isEqualTo("db2.example.com");
    assertThat(ReplicaAddress.at("fe80::1").name()).isEqualTo("fe80--1");
    assertThat(ReplicaAddress.at("a".repeat(200)).name()).hasSize(64);
  }

  @ParameterizedTest
  @CsvSource({
    "standby-a, 10.0.0.2, standby-a",
    "standby-a, , standby-a",
    "walreceiver, 10.0.0.2, 10.0.0.2",
    "15/main, 10.0.0.2, 10.0.0.2",
    "'', fe80::1, fe80--1",
    ", 10.0.0.2, 10.0.0.2",
    "walreceiver, , local"
  })
  void standby_isNamedByWhatWasChosenForItElseByItsAddress(
      String applicationName, String host, String expected) {
    ReplicaAddress address = PrimaryDiscovery.standby(applicationName, host);
    assertThat(address.name()).isEqualTo(expected);
    assertThat(address.host()).isEqualTo(host);
  }
}

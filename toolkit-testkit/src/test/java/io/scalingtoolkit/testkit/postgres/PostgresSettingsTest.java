// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresSettingsTest {
  @Test
  void with_known_goesToInitdbOrConfiguration() {
    PostgresSettings settings =
        PostgresSettings.defaults().with("max_connections", "7").with("work_mem", "8MB");

    assertThat(settings.forInitdb()).containsEntry("max_connections", "7");
    assertThat(settings.forInitdb()).doesNotContainKey("work_mem");
    assertThat(settings.forConfiguration()).containsEntry("work_mem", "8MB");
    assertThat(settings.forConfiguration()).doesNotContainKey("max_connections");
  }

  @ParameterizedTest
  @ValueSource(strings = {"port", "primary_conninfo", "listen_addresses"})
  void with_ownedByCluster_isRefused(String setting) {
    assertThatThrownBy(() -> PostgresSettings.defaults().with(setting, "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(setting)
        .hasMessageContaining("belongs to the cluster");
  }

  @Test
  void with_malformed_namesRuleAndValue() {
    assertThatThrownBy(() -> PostgresSettings.defaults().with("Work Mem", "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Work Mem");
    assertThatThrownBy(() -> PostgresSettings.defaults().with("work_mem", "1\nport=5"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("work_mem")
        .hasMessageContaining("control characters");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 9})
  void replicas_outOfRange_namesRuleAndValue(int count) {
    assertThatThrownBy(() -> PostgresCluster.builder().replicas(count))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("from 0 to 8")
        .hasMessageContaining("got " + count);
  }

  @Test
  void lsn_textForm_roundTripsAndOrders() {
    Lsn lsn = Lsn.parse("1A/3000148");

    assertThat(lsn).hasToString("1A/3000148");
    assertThat(lsn).isGreaterThan(Lsn.parse("19/FFFFFFFF"));
    assertThatThrownBy(() -> Lsn.parse("3000148"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3000148");
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ClusterViewTest {
  private static final String NODES =
      """
      aa 127.0.0.1:11001@21001,host myself,master - 0 0 1 connected 0-5460 5462 [93->-bb]
      bb 127.0.0.1:11002@21002 master - 0 1426238316232 2 connected 5461 5463-16383
      cc 127.0.0.1:11003@21003 slave aa 0 1426238316232 1 connected
      dd :0@0 master,noaddr,fail - 0 0 0 disconnected
      """;

  private final ClusterView view = ClusterView.parse(NODES);

  @Test
  void parse_slots_readsRangesAndSinglesAndSkipsMigrations() {
    ClusterView.Member first = view.members().get(0);

    assertThat(first.port()).isEqualTo(11001);
    assertThat(first.slots().cardinality()).isEqualTo(5462);
    assertThat(first.slots().get(5461)).isFalse();
    assertThat(view.members().get(1).slots().cardinality()).isEqualTo(16_384 - 5462);
  }

  @Test
  void parse_roles_readsPrimaryReplicaAndSuspects() {
    ClusterView.Member replica = view.members().get(2);

    assertThat(replica.primary()).isFalse();
    assertThat(replica.primaryId()).isEqualTo("aa");
    assertThat(replica.suspect()).isFalse();
    assertThat(view.members().get(3).suspect()).isTrue();
  }

  @Test
  void ownerOf_slot_findsItsPrimary() {
    assertThat(view.ownerOf(5461)).isNotNull().extracting(ClusterView.Member::id).isEqualTo("bb");
    assertThat(ClusterView.parse("").ownerOf(0)).isNull();
  }

  @Test
  void shape_otherOrderAndAsker_isEqual() {
    String[] lines = NODES.replace("myself,", "").split("\n");
    String reversed = lines[3] + "\n" + lines[2] + "\n" + lines[1] + "\n" + lines[0] + "\n";

    assertThat(ClusterView.parse(reversed).shape()).isEqualTo(view.shape());
    assertThat(ClusterView.parse(NODES.replace("5461 ", "")).shape()).isNotEqualTo(view.shape());
  }
}

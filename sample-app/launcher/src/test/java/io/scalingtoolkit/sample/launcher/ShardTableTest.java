// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ShardTableTest {

  @Test
  void lines_mapWithMoves_areForPeople() {
    assertThat(
            ShardTable.lines(
                """
                {"version":12,"slots":4096,
                 "shards":[{"name":"s1","weight":1.0,"slots":3072},{"name":"s2","weight":0.5,"slots":1024}],
                 "moves":[
                  {"id":"a","source":"s1","target":"s2","slots":"0-9","state":"DONE","rows":9,"progress":"","owner":null},
                  {"id":"b","source":"s1","target":"s3","slots":"10-19","state":"CATCHING_UP","rows":1234,"progress":"x","owner":"m"}]}
                """))
        .containsExactly(
            "map       version 12, 4096 slots",
            "shard     s1       weight 1, 3072 slots (75.0 %)",
            "shard     s2       weight 0.5, 1024 slots (25.0 %)",
            "move      s1 -> s3  catching_up  1234 rows  slots 10-19",
            "moves     1 catching_up, 1 done");
  }

  @Test
  void lines_somethingElse_isShownAsItIs() {
    assertThat(ShardTable.lines("{\"status\":404}")).containsExactly("{\"status\":404}");
    assertThat(ShardTable.lines("nothing")).containsExactly("nothing");
  }
}

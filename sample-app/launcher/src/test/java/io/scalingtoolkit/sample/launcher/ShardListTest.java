// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShardListTest {

  @TempDir private Path data;

  @Test
  void names_beforeTheFirstStart_areTwo() {
    ShardList list = new ShardList(data);

    assertThat(list.names()).containsExactly("s1", "s2");
    assertThat(list.joining()).isFalse();
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void add_isRememberedAtTheEndAsJoining() {
    new ShardList(data).add("a-new");

    ShardList again = new ShardList(data);
    assertThat(again.names()).containsExactly("s1", "s2", "a-new");
    assertThat(again.joining()).isTrue();
  }

  @Test
  void joined_isRemembered() {
    new ShardList(data).add("s3");

    new ShardList(data).joined();

    assertThat(new ShardList(data).names()).containsExactly("s1", "s2", "s3");
    assertThat(new ShardList(data).joining()).isFalse();
  }

  @Test
  void add_nameInUse_isRefused() {
    ShardList list = new ShardList(data);

    assertThatThrownBy(() -> list.add("s2"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("shard s2 is there already");
  }

  @Test
  void shards_damagedFile_namesFileRuleAndValue() throws Exception {
    Files.writeString(data.resolve("shards"), "s1\n../x\n");

    assertThatThrownBy(() -> new ShardList(data).shards())
        .isInstanceOf(UserError.class)
        .hasMessageContaining(data.resolve("shards").toString())
        .hasMessageContaining("[a-z][a-z0-9-]{0,30}")
        .hasMessageContaining("../x");
  }
}

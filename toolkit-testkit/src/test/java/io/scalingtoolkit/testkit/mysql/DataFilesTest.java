// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DataFilesTest {
  @Test
  void isWanted_whatBelongsToOneServer_isNotCopied() {
    for (String name :
        new String[] {
          "auto.cnf",
          "ibtmp1",
          "#innodb_temp",
          "s.sock",
          "s.sock.lock",
          "server.pid",
          "relay.000001",
          "relay.index",
          "relay-log.info",
          "master.info"
        }) {
      assertThat(DataFiles.isWanted(Path.of(name))).as(name).isFalse();
    }
    for (String name : new String[] {"ibdata1", "binlog.000001", "app/item.ibd", "app/relay.ibd"}) {
      assertThat(DataFiles.isWanted(Path.of(name))).as(name).isTrue();
    }
  }
}

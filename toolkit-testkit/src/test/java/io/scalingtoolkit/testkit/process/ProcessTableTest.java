// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ProcessTableTest {
  @Test
  void parseStat_nameWithSpacesAndBrackets_readsTheFieldsBehindIt() {
    String stat =
        "4711 (a (b) T 9 ) S 17 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3\n";

    assertThat(ProcessTable.parseStat(stat))
        .isEqualTo(new ProcessTable.Entry(4711, 'S', 17, 987654));
  }

  @Test
  void parseStat_notAStatLine_saysWhatItGot() {
    assertThatThrownBy(() -> ProcessTable.parseStat("hello"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hello");
  }

  @Test
  void parsePss_smapsRollup_givesBytes() {
    String text = "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss: 999 kB\nPss:    1234 kB\n";

    assertThat(ProcessTable.parsePss(text)).hasValue(1234 * 1024);
    assertThat(ProcessTable.parsePss("Rss: 1 kB")).isEmpty();
  }

  @Test
  void find_thisJvm_isAliveAndHasMemory() {
    long self = ProcessHandle.current().pid();

    assertThat(ProcessTable.isAlive(self)).isTrue();
    assertThat(ProcessTable.memoryBytes(self)).isPositive();
  }

  @Test
  void find_noSuchProcess_isNull() {
    assertThat(ProcessTable.find(Long.MAX_VALUE)).isNull();
  }
}

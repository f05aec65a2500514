// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JvmHomeTest {
  @TempDir Path parent;

  @Test
  void parse_nameOfAnOwner_roundTrips() throws IOException {
    JvmHome.Owner self = JvmHome.Owner.self();

    assertThat(JvmHome.Owner.parse(self.directoryName())).hasValue(self);
    assertThat(self.isGone(self.nameSpace())).isFalse();
  }

  @Test
  void parse_otherNames_isEmpty() {
    assertThat(JvmHome.Owner.parse("tk-1-2")).isEmpty();
    assertThat(JvmHome.Owner.parse("xx-1-2-3")).isEmpty();
    assertThat(JvmHome.Owner.parse("tk-a-b-!")).isEmpty();
  }

  @Test
  void sweep_ownerGone_endsItsEnginesAndDeletesItsFiles() throws Exception {
    JvmHome.Owner self = JvmHome.Owner.self();
    // Our id with another start time: a process that had the same id before us.
    Path stale = home(new JvmHome.Owner(self.pid(), self.startTicks() - 1, self.nameSpace()));
    Process engine =
        new ProcessBuilder("sleep", "600").directory(stale.resolve("pg1").toFile()).start();

    JvmHome.sweep(parent);

    assertThat(stale).doesNotExist();
    assertThat(engine.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(engine.exitValue()).isEqualTo(128 + 9);
  }

  @Test
  void sweep_ownerAliveOrOfAnotherNameSpace_isLeftAlone() throws IOException {
    JvmHome.Owner self = JvmHome.Owner.self();
    Path alive = home(self);
    Path elsewhere = home(new JvmHome.Owner(self.pid(), 1, self.nameSpace() + 1));
    Path foreign = Files.createDirectory(parent.resolve("tk-something-else"));

    JvmHome.sweep(parent);

    assertThat(alive).exists();
    assertThat(elsewhere).exists();
    assertThat(foreign).exists();
  }

  private Path home(JvmHome.Owner owner) throws IOException {
    Path home = Files.createDirectory(parent.resolve(owner.directoryName()));
    Files.writeString(Files.createDirectory(home.resolve("pg1")).resolve("file"), "x");
    return home;
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class ProcessIdentityTest {

  @Test
  void startTick_nameWithSpacesAndBrackets_isField22() {
    String stat = "77 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21";

    assertThat(ProcessIdentity.startTick(stat)).isEqualTo("4242");
  }

  @Test
  void isZombie_state_isField3() {
    assertThat(ProcessIdentity.isZombie("77 (a) Z (c) Z 1 2 3")).isTrue();
    assertThat(ProcessIdentity.isZombie("77 (a) Z (c) S 1 2 3")).isFalse();
  }

  /** The shell's first child ends unseen, because what the shell became never waits for it. */
  @Test
  void of_endedProcessThatNobodyWaitedFor_isEmpty() throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "true & echo $!; exec sleep 60").start();
    try {
      long child = Long.parseLong(shell.inputReader().readLine());

      Awaitility.await("the child has ended")
          .atMost(Duration.ofSeconds(10))
          .until(() -> ProcessIdentity.of(child).isEmpty());
      assertThat(shell.isAlive()).isTrue();
    } finally {
      shell.destroyForcibly();
    }
  }

  @Test
  void of_thisProcess_isAliveAndStable() {
    ProcessIdentity first = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
    ProcessIdentity again = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();

    assertThat(again).isEqualTo(first);
    assertThat(first.alive()).contains(ProcessHandle.current());
  }

  @Test
  void alive_numberGivenToAnotherProcess_isEmpty() {
    ProcessIdentity old = new ProcessIdentity(ProcessHandle.current().pid(), "another boot:1");

    assertThat(old.alive()).isEmpty();
  }
}

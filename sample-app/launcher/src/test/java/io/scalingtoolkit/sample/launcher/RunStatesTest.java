// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunStatesTest {

  private static final ProcessIdentity ALIVE =
      ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
  private static final ProcessIdentity ENDED = new ProcessIdentity(ALIVE.pid(), "earlier boot:7");

  @TempDir private Path folder;

  @Test
  void running_nothingEverStarted_isEmpty() {
    assertThat(new RunStates(folder.resolve("absent")).running()).isEmpty();
  }

  @Test
  void write_thenRunning_givesItBackInOrderOfPorts() {
    RunStates states = new RunStates(folder);
    RunState second = state(9000, ALIVE);
    RunState first = state(8080, ALIVE);

    states.write(second);
    states.write(first);

    assertThat(states.running()).containsExactly(first, second);
    assertThat(states.leftovers()).isEmpty();
  }

  @Test
  void leftovers_processEnded_isNotRunning() {
    RunStates states = new RunStates(folder);

    states.write(state(8080, ENDED));

    assertThat(states.running()).isEmpty();
    assertThat(states.leftovers()).containsExactly(state(8080, ENDED));
  }

  @Test
  void remove_portTakenOverMeanwhile_keepsTheNewEntry() {
    RunStates states = new RunStates(folder);
    states.write(state(8080, ALIVE));

    states.remove(state(8080, ENDED));

    assertThat(states.running()).containsExactly(state(8080, ALIVE));
  }

  @Test
  void remove_ownEntry_forgetsIt() {
    RunStates states = new RunStates(folder);
    states.write(state(8080, ALIVE));

    states.remove(state(8080, ALIVE));

    assertThat(states.running()).isEmpty();
    assertThat(folder.resolve("8080.properties")).doesNotExist();
  }

  @Test
  void remove_withASocketForCommands_removesItToo() throws Exception {
    RunStates states = new RunStates(folder);
    Path control = Files.createDirectory(folder.resolve("8080.control")).resolve("control");
    Files.createFile(control);
    RunState state = new RunState(3, 8080, folder, folder, ALIVE, true, control);
    states.write(state);
    assertThat(states.running()).containsExactly(state);

    states.remove(state);

    assertThat(control.getParent()).doesNotExist();
  }

  @Test
  void running_damagedFile_namesIt() throws Exception {
    Files.writeString(folder.resolve("8080.properties"), "port=eighty\nphase=1\n");

    assertThatThrownBy(() -> new RunStates(folder).running())
        .isInstanceOf(UserError.class)
        .hasMessageContaining(folder.resolve("8080.properties").toString());
  }

  @Test
  void exclusively_folderIsAFile_isOneLine() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> new RunStates(file.resolve("run")).exclusively(() -> 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("cannot write")
        .hasMessageNotContaining("\n");
  }

  private RunState state(int port, ProcessIdentity process) {
    return new RunState(
        1, port, folder.resolve("data"), folder.resolve("app.jar"), process, true, null);
  }
}

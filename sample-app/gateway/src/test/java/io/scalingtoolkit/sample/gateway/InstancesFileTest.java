// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstancesFileTest {

  private final Instances instances = new Instances();
  @TempDir Path folder;
  private Path file;
  private Path applied;
  private InstancesFile reader;

  @BeforeEach
  void names() {
    file = folder.resolve("list");
    applied = folder.resolve("list.applied");
    reader = new InstancesFile(file, instances);
  }

  private List<String> known() {
    return instances.all().stream().map(Instance::toString).toList();
  }

  @Test
  void read_noFileYet_changesNothing() {
    reader.read();

    assertThat(instances.all()).isEmpty();
    assertThat(applied).doesNotExist();
  }

  @Test
  void read_newList_isAppliedAndAcknowledged() throws Exception {
    String text = "# two\n\n 127.0.0.1:81 \nb:82\n";
    Files.writeString(file, text);
    reader.read();

    assertThat(known()).containsExactly("127.0.0.1:81", "b:82");
    assertThat(applied).hasContent(text);
  }

  @Test
  void read_unchangedList_keepsTheInstances() throws Exception {
    Files.writeString(file, "a:1\n");
    reader.read();
    Files.delete(applied);

    reader.read();

    assertThat(applied).doesNotExist();
  }

  @Test
  void read_senselessList_keepsTheOldOneAndDoesNotAcknowledge() throws Exception {
    Files.writeString(file, "a:1\n");
    reader.read();

    Files.writeString(file, "a:1\nb:99999\n");
    reader.read();

    assertThat(known()).containsExactly("a:1");
    assertThat(applied).hasContent("a:1\n");
  }

  @Test
  void read_fileIsGone_keepsTheOldOne() throws Exception {
    Files.writeString(file, "a:1\n");
    reader.read();
    Files.delete(file);

    reader.read();

    assertThat(known()).containsExactly("a:1");
  }

  @Test
  void read_emptyList_takesAllOut() throws Exception {
    Files.writeString(file, "a:1\n");
    reader.read();
    Files.writeString(file, "# none\n");
    reader.read();

    assertThat(known()).isEmpty();
    assertThat(applied).hasContent("# none\n");
  }
}

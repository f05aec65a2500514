// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFolderTest {

  @TempDir private Path folder;

  @Test
  void prepare_missingFolder_createsItForThisUserOnly() throws Exception {
    DataFolder data = new DataFolder(folder.resolve("a/b"));

    data.prepare();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.path())))
        .isEqualTo("rwx------");
    try (Stream<Path> content = Files.list(data.path())) {
      assertThat(content).containsExactly(data.path().resolve("logs"));
    }
  }

  @Test
  void prepare_existingFolder_keepsWhatIsThere() throws Exception {
    Path file = Files.writeString(folder.resolve("app.db"), "data");

    new DataFolder(folder).prepare();

    assertThat(file).hasContent("data");
  }

  @Test
  void prepare_pathBelowAFile_namesTheFile() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> new DataFolder(file.resolve("x/y")).prepare())
        .isInstanceOf(UserError.class)
        .hasMessageContaining(file + " is a file, not a folder");
  }

  @Test
  void problem_missingFolder_isNoneAndCreatesNothing() {
    DataFolder data = new DataFolder(folder.resolve("new"));

    assertThat(data.problem()).isEmpty();
    assertThat(data.path()).doesNotExist();
  }
}

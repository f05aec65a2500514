// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFolderTest {

  @TempDir Path folder;

  @Test
  void open_missing_isCreatedForThisUserOnly() throws IOException {
    Path root = folder.resolve("a/b/data");

    try (DataFolder data = DataFolder.open(root, 0)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
          .isEqualTo("rwx------");
      assertThat(data.avatars()).isDirectory();
      assertThat(data.keys()).isDirectory();
    }
  }

  @Test
  void open_inUse_isRefusedUntilClosed() {
    DataFolder first = DataFolder.open(folder, 0);
    assertThatThrownBy(() -> DataFolder.open(folder, 0))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("another process")
        .hasMessageContaining("app.data-dir");

    first.close();
    try (DataFolder second = DataFolder.open(folder, 0)) {
      assertThat(second.database()).hasFileName("app.db");
    }
  }

  @Test
  void open_tooLittleSpace_isRefusedAndLeavesItUnlocked() {
    assertThatThrownBy(() -> DataFolder.open(folder, Long.MAX_VALUE))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("app.min-free-mib");

    try (DataFolder data = DataFolder.open(folder, 0)) {
      assertThat(data.keys()).exists();
    }
  }

  @Test
  void open_fileInTheWay_isRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> DataFolder.open(file, 0))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("cannot be written");
  }
}

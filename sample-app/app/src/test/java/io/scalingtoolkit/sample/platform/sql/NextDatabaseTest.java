// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NextDatabaseTest {
  private static final NextDatabase NEXT =
      new NextDatabase(
          DatabaseSettings.Kind.POSTGRES,
          "jdbc:postgresql://127.0.0.1:5432/app?sslmode=disable",
          List.of("jdbc:postgresql://127.0.0.1:5433/app", "jdbc:postgresql://127.0.0.1:5434/app"),
          "app",
          "secret=1\\ :",
          4711);

  @TempDir Path folder;

  @Test
  void read_nothingAsked_isEmpty() throws Exception {
    assertThat(NextDatabase.read(folder)).isEmpty();
  }

  @Test
  void read_afterWrite_isTheSame() throws Exception {
    NEXT.write(folder);

    assertThat(NextDatabase.read(folder)).contains(NEXT);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(NextDatabase.request(folder));
    }
  }

  @Test
  void write_isForItsOwnerAlone() throws Exception {
    NEXT.write(folder);

    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(NextDatabase.request(folder))))
        .isEqualTo("rw-------");
    assertThat(NEXT.toString()).doesNotContain("secret").contains("127.0.0.1:5432");
  }
}

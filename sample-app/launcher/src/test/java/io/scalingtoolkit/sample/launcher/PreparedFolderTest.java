// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PreparedFolderTest {

  @TempDir private Path folder;

  @Test
  void program_notBuilt_namesTheJar() {
    Path jar = folder.resolve("absent.jar");

    assertThatThrownBy(() -> new PreparedFolder(folder.resolve("run"), jar).program())
        .isInstanceOf(UserError.class)
        .hasMessageContaining(jar.toString());
  }

  @Test
  void program_cannotBeUnpacked_isThePackagedJar() throws Exception {
    Path jar = Files.writeString(folder.resolve("app.jar"), "not a jar");

    Program program = new PreparedFolder(folder.resolve("run"), jar).program();

    assertThat(program.jar()).isEqualTo(jar);
    assertThat(program.archived()).isFalse();
    assertThat(program.startCommand()).endsWith("-jar", jar.toString());
  }

  @Test
  void program_unpackedBefore_isReused() throws Exception {
    Path jar = Files.writeString(folder.resolve("app.jar"), "content");
    PreparedFolder prepared = unpackedFor(jar);

    assertThat(prepared.program().jar().getParent()).hasFileName("app");
  }

  @Test
  void program_otherContentOfTheSameSizeAndDate_isNotReused() throws Exception {
    Path jar = Files.writeString(folder.resolve("app.jar"), "content");
    PreparedFolder prepared = unpackedFor(jar);

    var date = Files.getLastModifiedTime(jar);
    Files.writeString(jar, "CONTENT");
    Files.setLastModifiedTime(jar, date);

    assertThat(prepared.program().jar()).isEqualTo(jar);
  }

  @Test
  void removeOutdated_olderVersions_keepsThoseInUse() throws Exception {
    Path jar = Files.writeString(folder.resolve("app.jar"), "content");
    PreparedFolder prepared = unpackedFor(jar);
    Path unused = Files.createDirectories(folder.resolve("run/old1/app"));
    Path used = Files.createDirectories(folder.resolve("run/old2/app"));

    prepared.removeOutdated(List.of(used.resolve("app.jar")));

    assertThat(unused.getParent()).doesNotExist();
    assertThat(used).exists();
    assertThat(prepared.program().jar().getParent()).hasFileName("app");
  }

  /** Lets a first, failing attempt create the folder of this jar and fills it by hand. */
  private PreparedFolder unpackedFor(Path jar) throws Exception {
    PreparedFolder prepared = new PreparedFolder(folder.resolve("run"), jar);
    prepared.program();
    try (var versions = Files.list(folder.resolve("run"))) {
      Files.createDirectory(versions.findFirst().orElseThrow().resolve("app"));
    }
    return prepared;
  }
}

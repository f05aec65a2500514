// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.EngineException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RedisBinaryTest {
  @TempDir private Path directory;

  @AfterEach
  void clear() {
    System.clearProperty(RedisBinary.SETTING);
  }

  @Test
  void onPath_link_isNotResolved() throws IOException {
    Path program = executable(directory.resolve("redis-check-rdb"));
    Path bin = Files.createDirectory(directory.resolve("bin"));
    Path link = Files.createSymbolicLink(bin.resolve("redis-server"), program);

    assertThat(RedisBinary.onPath(directory + File.pathSeparator + bin)).contains(link);
  }

  @Test
  void onPath_notExecutable_isPassedOver() throws IOException {
    Files.createFile(directory.resolve("redis-server"));

    assertThat(RedisBinary.onPath(directory.toString())).isEmpty();
  }

  @Test
  void configured_property_choosesOrNamesTheRule() {
    assertThat(RedisBinary.configured()).isEqualTo(RedisBinary.BUNDLED);
    System.setProperty(RedisBinary.SETTING, "path");
    assertThat(RedisBinary.configured()).isEqualTo(RedisBinary.PATH);
    System.setProperty(RedisBinary.SETTING, "/usr/bin");

    assertThatThrownBy(RedisBinary::configured)
        .isInstanceOf(EngineException.class)
        .hasMessage("system property toolkit.redis must be 'bundled' or 'path'; got '/usr/bin'");
  }

  @Test
  void bundled_thisMachine_isAvailable() {
    assertThat(RedisBinary.BUNDLED.unavailable()).isEmpty();
    assertThat(RedisBinary.BUNDLED.locate()).isExecutable();
  }

  private static Path executable(Path file) throws IOException {
    Files.createFile(file);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}

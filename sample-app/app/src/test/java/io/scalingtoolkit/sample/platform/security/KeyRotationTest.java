// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class KeyRotationTest {

  @TempDir Path data;

  @Test
  void command_dataFolder_getsAnotherKeyEachTime(CapturedOutput output) throws IOException {
    String[] args = {KeyRotation.ARGUMENT, "--app.data-dir=" + data};

    assertThat(KeyRotation.isAskedFor(args)).isTrue();
    assertThat(KeyRotation.command(args)).isZero();
    assertThat(KeyRotation.command(args)).isZero();

    assertThat(new KeyFiles(data.resolve("keys")).names()).hasSize(2);
    assertThat(output.getOut()).contains("added signing key ");
  }

  @Test
  void command_folderThatIsAFile_isOneLineAndStatusOne(CapturedOutput output) throws IOException {
    Path file = Files.createFile(data.resolve("file"));

    int status = KeyRotation.command(new String[] {KeyRotation.ARGUMENT, "--app.data-dir=" + file});

    assertThat(status).isEqualTo(1);
    assertThat(output.getErr().lines().filter(line -> line.startsWith("cannot add"))).hasSize(1);
    assertThat(output.getErr()).doesNotContain("\tat ");
  }
}

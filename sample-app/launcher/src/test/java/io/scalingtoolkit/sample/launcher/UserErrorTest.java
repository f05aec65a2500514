// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;

final class UserErrorTest {

  @Test
  void getMessage_controlCharacters_becomeSpaces() {
    assertThat(new UserError("a\r\nb\tc\u001b[1m")).hasMessage("a b c [1m");
  }

  @Test
  void reason_accessDenied_saysPermission() {
    assertThat(UserError.reason(new AccessDeniedException("/x"))).isEqualTo("permission denied");
  }

  @Test
  void reason_fileSystem_isTheReasonWithoutThePath() {
    assertThat(UserError.reason(new FileSystemException("/x", null, "No space left on device")))
        .isEqualTo("No space left on device");
  }

  @Test
  void reason_withoutMessage_isTheType() {
    assertThat(UserError.reason(new IOException())).isEqualTo("IOException");
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class ReplyTest {

  @Test
  void of_whatLineWrote_isTheSame() {
    for (Reply.Kind kind : Reply.Kind.values()) {
      assertThat(Reply.of(new Reply(kind, "a b").line())).isEqualTo(new Reply(kind, "a b"));
      assertThat(Reply.of(new Reply(kind, "").line())).isEqualTo(new Reply(kind, ""));
    }
  }

  @Test
  void line_severalLines_becomeOne() {
    assertThat(Reply.failed("a\nb").line()).isEqualTo("failed a b");
  }

  @Test
  void last_onlyDoneAndFailed() {
    assertThat(Reply.done("").last()).isTrue();
    assertThat(Reply.failed("").last()).isTrue();
    assertThat(Reply.step("").last()).isFalse();
  }

  @Test
  void of_unknownWord_isRefused() {
    assertThatThrownBy(() -> Reply.of("hello there"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hello there");
  }
}

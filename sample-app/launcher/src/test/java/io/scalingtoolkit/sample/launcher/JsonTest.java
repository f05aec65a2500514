// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {

  @Test
  void read_everyKindOfValue() {
    Object read =
        Json.read(" {\"a\": [1, -2.5e1, true, false, null, {}, []], \"b\\n\\u00e9\\\"\": \"c\"} ");

    assertThat(Json.asObject(read)).containsEntry("b\né\"", "c").containsKey("a");
    assertThat(Json.asList(Json.asObject(read).get("a")))
        .containsExactly(1.0, -25.0, true, false, null, Map.of(), List.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[1,",
        "{\"a\"}",
        "{\"a\":1,}",
        "\"open",
        "tru",
        "1 2",
        "\"\\x\"",
        "nope",
        "\"\\u00",
        "-",
        "1.2.3",
        "\"\\u12g4\""
      })
  void read_noJson_isRefused(String text) {
    assertThatThrownBy(() -> Json.read(text)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Json.object(text)).isEmpty();
  }

  @Test
  void read_deeperThanAnyOfOurs_isRefused() {
    assertThatThrownBy(() -> Json.read("[".repeat(10_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32 deep");
  }
}

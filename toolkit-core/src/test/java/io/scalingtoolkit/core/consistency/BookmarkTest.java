// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BookmarkTest {
  private static final Position LSN_5 = new LsnPosition(1, 1, 5);
  private static final Position LSN_9 = new LsnPosition(1, 1, 9);

  @Test
  void position_ofUnknownSource_isNull() {
    assertThat(Bookmark.of("orders", LSN_5).position("users")).isNull();
    assertThat(Bookmark.empty().isEmpty()).isTrue();
    assertThat(Bookmark.unresolved().isEmpty()).isFalse();
  }

  @Test
  void with_laterPosition_replacesAndLeavesTheOriginalAlone() {
    Bookmark five = Bookmark.of("orders", LSN_5);

    Bookmark nine = five.with("orders", LSN_9).with("orders", LSN_5);

    assertThat(nine.position("orders")).isEqualTo(LSN_9);
    assertThat(five.position("orders")).isEqualTo(LSN_5);
    assertThat(nine.sources()).containsExactly("orders");
  }

  @Test
  void with_positionsOfTwoClustersOrTypes_isUnresolved() {
    Bookmark bookmark = Bookmark.of("orders", LSN_5);

    assertThat(bookmark.with("orders", new LsnPosition(2, 1, 5)).position("orders"))
        .isSameAs(Position.unresolved());
    assertThat(bookmark.with("orders", SetPosition.of(1, 1)).position("orders"))
        .isSameAs(Position.unresolved());
    assertThat(bookmark.with("orders", OpaquePosition.of("pg", LSN_5.encode())).position("orders"))
        .isSameAs(Position.unresolved());
  }

  @Test
  void merge_pastTheLargestNumberOfSources_isUnresolvedForEverySource() {
    Map<String, Position> full = new HashMap<>();
    for (int i = 0; i < Bookmark.MAX_SOURCES; i++) {
      full.put("s" + i, LSN_5);
    }
    Bookmark bookmark = Bookmark.ofAll(full);

    assertThat(bookmark.with("s0", LSN_9).sources()).hasSize(Bookmark.MAX_SOURCES);
    assertThat(bookmark.with("one-more", LSN_9)).isEqualTo(Bookmark.unresolved());
    assertThat(bookmark.with("one-more", LSN_9).position("never-named"))
        .isSameAs(Position.unresolved());
  }

  @Test
  void opaque_pastTheLargestNumberOfEncodings_isUnresolved() {
    Position merged = OpaquePosition.of("x", new byte[] {0});
    for (byte i = 1; i < OpaquePosition.MAX_PAYLOADS; i++) {
      merged = merged.merge(OpaquePosition.of("x", new byte[] {i}));
    }

    assertThat(merged).isInstanceOf(OpaquePosition.class);
    assertThat(merged.merge(OpaquePosition.of("x", new byte[] {99})))
        .isSameAs(Position.unresolved());
    assertThat(LSN_9.covers(merged)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "ümlaut", "a/b", "a\nb"})
  void of_badSourceName_isRefusedByName(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Bookmark.of(name, LSN_5))
        .withMessage(
            "source name must be 1 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-', was \""
                + name
                + "\"");
  }

  @Test
  void of_sourceNameOf65Characters_isRefused() {
    assertThat(Bookmark.of("a".repeat(64), LSN_5).sources()).hasSize(1);
    assertThatIllegalArgumentException().isThrownBy(() -> Bookmark.of("a".repeat(65), LSN_5));
  }
}

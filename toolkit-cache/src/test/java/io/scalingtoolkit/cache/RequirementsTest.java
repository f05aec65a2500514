// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RequirementsTest {
  private static final Duration LAG = Duration.ofMinutes(1);

  private final ManualClock clock = ManualClock.atEpoch();
  private final Requirements<Integer> required =
      new Requirements<>(clock.monotonic(), LAG.toNanos(), () -> false);

  private static Bookmark of(String source) {
    return Bookmark.of(source, Position.unresolved());
  }

  @Test
  void note_ofAKey_isRequiredOfThatKeyAlone_forAWhile() {
    required.note(1, of("a"));
    required.note(1, of("b"));

    assertThat(required.of(1).sources()).containsExactly("a", "b");
    assertThat(required.of(2).isEmpty()).isTrue();
    clock.advance(LAG);
    assertThat(required.of(1).isEmpty()).isTrue();
  }

  @Test
  void note_ofMoreKeysThanFit_isRequiredOfAll() {
    required.note(0, of("first"));
    for (int key = 1; key <= 10_000; key++) {
      required.note(key, of("other"));
    }

    assertThat(required.of(0).sources()).containsExactly("first");
    assertThat(required.of(20_000).sources()).containsExactly("first");
    assertThat(required.of(1).sources()).containsExactly("first", "other");
  }

  @Test
  void noteAll_isRequiredOfAllKeys_noShorterThanTheLag() {
    required.noteAll(of("a"));
    clock.advance(LAG.minusNanos(1));
    required.noteAll(of("b"));

    assertThat(required.of(1).sources()).containsExactly("a", "b");
    clock.advance(LAG.minusNanos(1));
    assertThat(required.of(1).sources()).contains("b");
    clock.advance(LAG.plusNanos(2));
    assertThat(required.of(1).isEmpty()).isTrue();
  }

  @Test
  void read_whatWasWritten_isTheSame() {
    String texts = required.text(of("a")) + "," + required.text(of("b"));

    assertThat(required.read(texts).sources()).containsExactly("a", "b");
    assertThat(required.text(Bookmark.empty())).isEmpty();
    assertThat(required.read("").isEmpty()).isTrue();
  }

  @Test
  void read_ofWhatCannotBeRead_asksForPrimaries() {
    assertThat(required.read("*")).isEqualTo(Bookmark.unresolved());
    assertThat(required.read("?!")).isEqualTo(Bookmark.unresolved());
    assertThat(required.read(required.text(of("a")) + ",")).isEqualTo(Bookmark.unresolved());
  }

  @Test
  void text_ofTooMuch_isBounded_andAsksForPrimaries() {
    Bookmark many = Bookmark.empty();
    for (int i = 0; i < 200; i++) {
      many = many.merge(of("source-" + i));
    }
    String text = required.text(many);

    assertThat(text.length()).isLessThanOrEqualTo(512);
    assertThat(required.read(text)).isEqualTo(Bookmark.unresolved());
  }
}

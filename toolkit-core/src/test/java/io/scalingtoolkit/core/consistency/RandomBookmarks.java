// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Random bookmarks from small ranges, so that equal, ordered and unrelated positions all meet. */
final class RandomBookmarks {
  static final BookmarkCodec TYPED =
      BookmarkCodec.builder().discoveredTypes().type(SetPosition.TYPE).maxChars(8192).build();
  static final BookmarkCodec UNTYPED = BookmarkCodec.builder().maxChars(8192).build();

  private RandomBookmarks() {}

  /** Every kind: known, opaque and unresolved positions, with now and then very many sources. */
  static Arbitrary<Bookmark> any() {
    return arbitrary(
        random -> {
          if (random.nextInt(400) == 0) {
            return random.nextBoolean() ? Bookmark.unresolved() : manySources(random);
          }
          return bookmark(random, RandomBookmarks::position);
        });
  }

  /** Those whose positions the typed codec reads back. */
  static Arbitrary<Bookmark> known() {
    return arbitrary(random -> bookmark(random, RandomBookmarks::knownPosition));
  }

  static <T> Arbitrary<T> arbitrary(Function<Random, T> generator) {
    return Arbitraries.randomValue(generator);
  }

  private static Bookmark bookmark(Random random, Function<Random, Position> position) {
    Bookmark bookmark = Bookmark.empty();
    int sources = random.nextInt(4);
    for (int i = 0; i < sources; i++) {
      bookmark = bookmark.with("s" + random.nextInt(4), position.apply(random));
    }
    return bookmark;
  }

  /** About half the bound, so that a merge of two or three is on either side of it. */
  private static Bookmark manySources(Random random) {
    Map<String, Position> positions = new HashMap<>();
    for (int i = 0; i < 140; i++) {
      positions.put("s" + random.nextInt(400), knownPosition(random));
    }
    return Bookmark.ofAll(positions);
  }

  private static Position position(Random random) {
    int kind = random.nextInt(20);
    if (kind == 0) {
      return Position.unresolved();
    }
    return kind < 10 ? opaque(random) : knownPosition(random);
  }

  private static Position opaque(Random random) {
    String tag = random.nextInt(8) == 0 ? "x2" : "x1";
    Position merged = OpaquePosition.of(tag, payload(random));
    for (int i = random.nextInt(6); i > 0; i--) {
      merged = merged.merge(OpaquePosition.of(tag, payload(random)));
    }
    return merged;
  }

  /** One of twelve payloads, some so long that a few of them pass the bound on bytes. */
  private static byte[] payload(Random random) {
    int which = random.nextInt(12);
    byte[] payload = new byte[which < 9 ? which : 700];
    Arrays.fill(payload, (byte) which);
    return payload;
  }

  static Position knownPosition(Random random) {
    if (random.nextInt(4) == 0) {
      SetPosition position = SetPosition.of(random.nextInt(3), 1L << random.nextInt(4));
      return position.merge(SetPosition.of(random.nextInt(3), 1L << random.nextInt(64)));
    }
    boolean usual = random.nextInt(8) != 0;
    return new LsnPosition(usual ? 1 : 2, usual ? 1 : random.nextInt(3), random.nextInt(50));
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Positions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What loads of all keys of one cache must not be older than, as Redis has told last; thread-safe.
 */
final class RedisPositions {
  private final RedisTier tier;
  final byte[] key;
  private volatile Told told = new Told("", 0);

  /** Immutable. */
  private record Told(String text, long atNanos) {}

  RedisPositions(RedisTier tier, byte[] key) {
    this.tier = tier;
    this.key = key;
  }

  /** Notes an answer of Redis, null if there is nothing. */
  String learn(byte @Nullable [] bytes) {
    String text = bytes == null ? "" : new String(bytes, StandardCharsets.US_ASCII);
    told = new Told(text, tier.now());
    return text;
  }

  /** Returns what to send to have some added, after something else. */
  List<byte[]> arguments(byte[] first, Positions more) {
    return List.of(
        first,
        bytes(more.seen()),
        bytes(more.all()),
        RedisLink.digits(tier.longestLag().toMillis()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns them, empty for none. */
  String current() {
    Told last = told;
    return tier.now() - last.atNanos() < tier.longestLag().toNanos() ? last.text() : "";
  }
}

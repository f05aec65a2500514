// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Forgetting;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Puts tombstones and intents in the place of entries in Redis; thread-safe. */
final class RedisGraves {
  private static final byte[] NO_INTENT = {};

  private final RedisTier tier;
  private final RedisSpace space;

  RedisGraves(RedisTier tier, RedisSpace space) {
    this.tier = tier;
    this.space = space;
  }

  CompletionStage<?> entomb(
      Route route, String key, RedisJournal.Change change, Runnable confirmed) {
    return tier.send(
        space.slot(key),
        route,
        each -> forget(each, key, change).thenAccept(done -> confirmed.run()));
  }

  CompletionStage<Long> forget(Route route, String key, RedisJournal.Change change) {
    Forgetting how = change.how();
    return route
        .link()
        .number(
            TierScript.FORGET,
            List.of(space.key(key)),
            List.of(
                space.frame(Frame.TOMBSTONE, change.token()),
                RedisLink.digits(tier.leaseMillis()),
                how.positions().getBytes(StandardCharsets.US_ASCII),
                lagMillis(),
                id(how.ended()),
                id(how.begun()),
                RedisLink.digits(how.millis())));
  }

  private static byte[] id(long intent) {
    return intent == 0 ? NO_INTENT : RedisEpoch.number(intent);
  }

  /** Gives a lease back if the time is zero, or makes it last that long. */
  CompletionStage<Long> lease(Route route, String key, long token, long millis) {
    return route
        .link()
        .number(
            TierScript.LEASE,
            List.of(space.key(key)),
            List.of(space.frame(Frame.LEASE, token), RedisLink.digits(millis), lagMillis()));
  }

  /** How long positions are kept, as scripts are told. */
  byte[] lagMillis() {
    return RedisLink.digits(tier.longestLag().toMillis());
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one connection to one Redis, where all keys are; thread-safe. */
final class OneNode implements Routes, Links.Watcher {
  private final Collection<RedisSpace> spaces;
  private final Consumer<@Nullable String> told;
  private final Links links;

  /**
   * @param spaces of the tier, which change
   * @param told what is done when a key has changed, or all have if it is null
   */
  OneNode(
      RedisClient client,
      RedisTier.Settings settings,
      ScheduledExecutorService timer,
      Collection<RedisSpace> spaces,
      Consumer<@Nullable String> told) {
    this.spaces = spaces;
    this.told = told;
    this.links =
        new Links(
            settings, timer, "Redis", client, () -> client.connect(new ByteArrayCodec()), this);
  }

  @Override
  public void start() {
    links.start();
    links.awaitFirst();
  }

  @Override
  public int slot(byte[] key) {
    return 0;
  }

  @Override
  public @Nullable Route to(int slot) {
    RedisLink link = links.asked();
    return link == null ? null : Route.over(link, link);
  }

  @Override
  public boolean isGood(long nowNanos) {
    return links.trusted(nowNanos) != null;
  }

  @Override
  public @Nullable Route redirected(int slot, Redirect to) {
    return null; // it is no cluster
  }

  @Override
  public void told(@Nullable String key) {
    told.accept(key);
  }

  @Override
  public CompletionStage<?> prepare(RedisLink made) {
    return all(spaces, slot -> Route.over(made, made));
  }

  /** Gets all spaces ready for a connection. */
  static CompletionStage<?> all(Collection<RedisSpace> spaces, Way way) {
    return CompletableFuture.allOf(
        spaces.stream()
            .map(space -> space.prepare(way).toCompletableFuture())
            .toArray(CompletableFuture[]::new));
  }

  @Override
  public CompletionStage<?> probe(RedisLink link) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void beat() {
    spaces.forEach(space -> space.epoch.catchUp(this));
  }

  @Override
  public void alive(RedisLink link) {
    spaces.forEach(space -> space.tell(slot -> Route.over(link, link)));
  }

  @Override
  public void recovered() {
    spaces.forEach(space -> space.recovery.now());
  }

  @Override
  public void dropped() {
    spaces.forEach(RedisSpace::lost);
  }

  @Override
  public void close() {
    links.close();
  }
}

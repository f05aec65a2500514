// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.EngineExtension;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A JUnit Jupiter extension that runs a {@link RedisCluster} and empties it before each test.
 * Confined, as its base.
 *
 * <p>Starting takes two seconds, so register it on a static field, and leave the cluster healthy at
 * the end of a test that breaks it.
 */
public final class RedisClusterExtension extends EngineExtension<RedisCluster> {
  private final RedisCluster.Builder builder;
  private final boolean emptied;

  private RedisClusterExtension(RedisCluster.Builder builder, boolean emptied) {
    this.builder = builder;
    this.emptied = emptied;
  }

  /** An extension that starts what the builder describes. */
  public static RedisClusterExtension of(RedisCluster.Builder builder) {
    return new RedisClusterExtension(builder, true);
  }

  /** The same extension, except that tests find the keys that earlier ones left. */
  public RedisClusterExtension keepingData() {
    return new RedisClusterExtension(builder, false);
  }

  @Override
  protected RedisCluster start() {
    return builder.start();
  }

  @Override
  protected Optional<String> unavailable() {
    return builder.unavailable();
  }

  @Override
  protected void beforeTest(RedisCluster running, ExtensionContext context) {
    if (emptied) {
      running.flush();
    }
  }
}

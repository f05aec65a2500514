// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.EngineExtension;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A JUnit Jupiter extension that runs a {@link RedisCluster} and empties it before each test.
 * Confined, as its base.
 *
 * <p>Starting takes two seconds, so register it on a static field, and leave the cluster healthy at
 * the end of a test that breaks it.
 */
public final class RedisClusterExtension extends EngineExtension<RedisCluster> {
  private final UnaryOperator<RedisCluster.Builder> options;
  private final boolean emptied;

  private RedisClusterExtension(UnaryOperator<RedisCluster.Builder> options, boolean emptied) {
    this.options = options;
    this.emptied = emptied;
  }

  /** An extension for three primaries without replicas. */
  public static RedisClusterExtension create() {
    return with(builder -> builder);
  }

  /**
   * An extension with options.
   *
   * @param options receives a fresh builder and returns it, called once per start
   */
  public static RedisClusterExtension with(UnaryOperator<RedisCluster.Builder> options) {
    return new RedisClusterExtension(options, true);
  }

  /** The same extension, except that tests find the keys that earlier ones left. */
  public RedisClusterExtension keepingData() {
    return new RedisClusterExtension(options, false);
  }

  @Override
  protected RedisCluster start() {
    return options.apply(RedisCluster.builder()).start();
  }

  @Override
  protected Optional<String> unavailable() {
    return RedisBinary.configured().unavailable();
  }

  @Override
  protected void beforeTest(RedisCluster running, ExtensionContext context) {
    if (emptied) {
      running.flush();
    }
  }
}

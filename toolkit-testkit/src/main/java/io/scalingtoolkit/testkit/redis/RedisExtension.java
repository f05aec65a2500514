// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.EngineExtension;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A JUnit Jupiter extension that runs a {@link RedisServer} and empties it before each test.
 * Confined, as its base.
 */
public final class RedisExtension extends EngineExtension<RedisServer> {
  private final RedisServer.Builder builder;
  private final boolean emptied;

  private RedisExtension(RedisServer.Builder builder, boolean emptied) {
    this.builder = builder;
    this.emptied = emptied;
  }

  /** An extension that starts what the builder describes. */
  public static RedisExtension of(RedisServer.Builder builder) {
    return new RedisExtension(builder, true);
  }

  /** The same extension, except that tests find the keys that earlier ones left. */
  public RedisExtension keepingData() {
    return new RedisExtension(builder, false);
  }

  /** The running server; see {@link #cluster()}. */
  public RedisServer server() {
    return cluster();
  }

  @Override
  protected RedisServer start() {
    return builder.start();
  }

  @Override
  protected Optional<String> unavailable() {
    return builder.unavailable();
  }

  @Override
  protected void beforeTest(RedisServer running, ExtensionContext context) {
    if (emptied && running.primary().isRunning()) {
      running.flush();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.EngineExtension;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A JUnit Jupiter extension that runs a {@link RedisServer} and empties it before each test.
 * Confined, as its base.
 */
public final class RedisExtension extends EngineExtension<RedisServer> {
  private final UnaryOperator<RedisServer.Builder> options;
  private final boolean emptied;

  private RedisExtension(UnaryOperator<RedisServer.Builder> options, boolean emptied) {
    this.options = options;
    this.emptied = emptied;
  }

  /** An extension for one server with default options. */
  public static RedisExtension create() {
    return with(builder -> builder);
  }

  /**
   * An extension with options.
   *
   * @param options receives a fresh builder and returns it, called once per start
   */
  public static RedisExtension with(UnaryOperator<RedisServer.Builder> options) {
    return new RedisExtension(options, true);
  }

  /** The same extension, except that tests find the keys that earlier ones left. */
  public RedisExtension keepingData() {
    return new RedisExtension(options, false);
  }

  /** The running server; see {@link #cluster()}. */
  public RedisServer server() {
    return cluster();
  }

  @Override
  protected RedisServer start() {
    return options.apply(RedisServer.builder()).start();
  }

  @Override
  protected Optional<String> unavailable() {
    return RedisBinary.configured().unavailable();
  }

  @Override
  protected void beforeTest(RedisServer running, ExtensionContext context) {
    if (emptied && running.primary().isRunning()) {
      running.flush();
    }
  }
}

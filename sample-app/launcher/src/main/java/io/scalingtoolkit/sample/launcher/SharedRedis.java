// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Database servers and a Redis of the testkit beside them, in which the processes of the
 * application share their rate limits. It keeps nothing on disk: a limit that is lost with it
 * begins anew. Only loaded when it is wanted. Thread-safe.
 */
final class SharedRedis implements Engines {

  private static final int PASSWORD_BYTES = 24;
  private static final int MAX_MEMORY_MB = 64;

  private final Engines databases;
  private final RedisServer redis;
  private final String password;

  private SharedRedis(Engines databases, RedisServer redis, String password) {
    this.databases = databases;
    this.redis = redis;
    this.password = password;
  }

  /**
   * Starts the Redis.
   *
   * @param databases what runs already; closed with this, and when Redis does not start
   * @throws UserError when it does not start
   */
  static Engines start(Engines databases) {
    byte[] random = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    try {
      // An evicted key would be a limit that is forgotten.
      RedisServer redis =
          RedisServer.builder().password(password).maxMemory(MAX_MEMORY_MB, "noeviction").start();
      return new SharedRedis(databases, redis, password);
    } catch (EngineException e) {
      databases.close();
      throw new UserError("Redis does not start: " + UserError.reason(e), e);
    }
  }

  @Override
  public Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>(databases.environment());
    variables.put("TOOLKIT_LIMITS_BACKEND", "redis");
    variables.put(
        "TOOLKIT_LIMITS_REDIS_URI", "redis://:" + password + "@127.0.0.1:" + redis.port());
    return variables;
  }

  @Override
  public List<String> report() {
    List<String> lines = new ArrayList<>(databases.report());
    lines.add("redis   Redis on 127.0.0.1:" + redis.port() + ", for limits that processes share");
    return lines;
  }

  @Override
  public void close() {
    redis.close();
    databases.close();
  }
}

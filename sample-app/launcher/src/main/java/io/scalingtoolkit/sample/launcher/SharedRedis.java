// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Database servers and two Redis of the testkit beside them, in which the processes of the
 * application share their rate limits and what they cache. They are two since one must not forget
 * and the other has to. They keep nothing on disk: a limit that is lost begins anew, and what was
 * cached is read again. Only loaded when it is wanted. Thread-safe.
 */
final class SharedRedis implements Engines {

  private static final int LIMITS_MB = 64;
  private static final int CACHE_MB = 128;

  private final Engines databases;
  private final RedisServer limits;
  private final RedisServer cache;
  private final String password;

  private SharedRedis(Engines databases, RedisServer limits, RedisServer cache, String password) {
    this.databases = databases;
    this.limits = limits;
    this.cache = cache;
    this.password = password;
  }

  /**
   * Starts them.
   *
   * @param databases what runs already; closed with this, and when one does not start
   * @throws UserError when it does not start
   */
  static Engines start(Engines databases) {
    String password = Password.fresh();
    RedisServer limits = null;
    try {
      // An evicted key would be a limit that is forgotten.
      limits = start(password, LIMITS_MB, "noeviction");
      RedisServer cache = start(password, CACHE_MB, "allkeys-lru");
      return new SharedRedis(databases, limits, cache, password);
    } catch (EngineException e) {
      if (limits != null) {
        limits.close();
      }
      databases.close();
      throw new UserError("Redis does not start: " + UserError.reason(e), e);
    }
  }

  private static RedisServer start(String password, int megabytes, String policy) {
    return RedisServer.builder().password(password).maxMemory(megabytes, policy).start();
  }

  @Override
  public Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>(databases.environment());
    variables.put("TOOLKIT_LIMITS_BACKEND", "redis");
    variables.put("TOOLKIT_LIMITS_REDIS_URI", uri(limits));
    variables.put("TOOLKIT_CACHE_DEFAULTS_TIER", "both");
    variables.put("TOOLKIT_CACHE_REDIS_URI", uri(cache));
    return variables;
  }

  private String uri(RedisServer redis) {
    return "redis://:" + password + "@127.0.0.1:" + redis.port();
  }

  @Override
  public List<String> report() {
    List<String> lines = new ArrayList<>(databases.report());
    lines.add("redis   Redis on 127.0.0.1:" + limits.port() + ", for limits that processes share");
    lines.add("redis   Redis on 127.0.0.1:" + cache.port() + ", for what processes cache");
    return lines;
  }

  @Override
  public void close() {
    cache.close();
    limits.close();
    databases.close();
  }
}

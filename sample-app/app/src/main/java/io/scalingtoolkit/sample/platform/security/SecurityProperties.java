// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings under {@code app.security}, checked when they are read; immutable.
 *
 * @param keysDir folder of the private signing keys; {@code keys} in the data folder when absent
 * @param issuer issuer of the access tokens, compared when they come back
 * @param audience audience of the access tokens, compared when they come back
 * @param accessTokenLifetime life of an access token, at most 15 minutes
 * @param sessionLifetime time from login until the refresh tokens of that login end
 * @param sessionsPerUser sessions that one user may have open; a further login ends the oldest
 * @param sessionCache whether open sessions are cached, where there is a cache; for one process
 *     alone, since others would hear of a log-out a little later
 * @param corsAllowedOrigins origins whose scripts may call the API; none by default
 * @param hashing cost and concurrency of password hashing
 */
@ConfigurationProperties("app.security")
public record SecurityProperties(
    @Nullable Path keysDir,
    @DefaultValue("urn:scalingtoolkit:sample-app") String issuer,
    @DefaultValue("sample-app") String audience,
    @DefaultValue("10m") Duration accessTokenLifetime,
    @DefaultValue("30d") Duration sessionLifetime,
    @DefaultValue("50") int sessionsPerUser,
    @DefaultValue("false") boolean sessionCache,
    @DefaultValue List<String> corsAllowedOrigins,
    @DefaultValue Hashing hashing) {

  private static final Duration LONGEST_ACCESS = Duration.ofMinutes(15);
  private static final Duration LONGEST_SESSION = Duration.ofDays(400);

  /** Checks every setting and names the first that breaks its rule. */
  public SecurityProperties {
    require(!issuer.isBlank(), "issuer", "must not be blank", issuer);
    require(!audience.isBlank(), "audience", "must not be blank", audience);
    require(
        between(accessTokenLifetime, Duration.ofSeconds(1), LONGEST_ACCESS),
        "access-token-lifetime",
        "must be between 1s and 15m",
        accessTokenLifetime);
    require(
        between(sessionLifetime, accessTokenLifetime, LONGEST_SESSION),
        "session-lifetime",
        "must be between the access token lifetime and 400d",
        sessionLifetime);
    require(
        sessionsPerUser >= 1 && sessionsPerUser <= 1000,
        "sessions-per-user",
        "must be between 1 and 1000",
        sessionsPerUser);
    corsAllowedOrigins = List.copyOf(corsAllowedOrigins);
    for (String origin : corsAllowedOrigins) {
      require(
          isOrigin(origin),
          "cors-allowed-origins",
          "must list origins such as https://shop.example",
          origin);
    }
  }

  /**
   * Cost and concurrency of Argon2id; immutable.
   *
   * @param memoryKib memory of one hash in KiB, 8,192 to 1,048,576
   * @param iterations passes over that memory, 1 to 20
   * @param concurrency hashes computed at the same time, 0 for one per core and no more than fit
   *     into a quarter of the heap
   * @param queue callers that may wait for their turn, 0 to 10,000
   * @param maxWait longest wait for a turn, up to 10 seconds
   */
  public record Hashing(
      @DefaultValue("19456") int memoryKib,
      @DefaultValue("2") int iterations,
      @DefaultValue("0") int concurrency,
      @DefaultValue("64") int queue,
      @DefaultValue("5s") Duration maxWait) {

    /** Checks every setting and names the first that breaks its rule. */
    public Hashing {
      require(
          memoryKib >= 8192 && memoryKib <= 1_048_576,
          "hashing.memory-kib",
          "must be between 8192 and 1048576",
          memoryKib);
      require(
          iterations >= 1 && iterations <= 20,
          "hashing.iterations",
          "must be between 1 and 20",
          iterations);
      require(
          concurrency >= 0 && concurrency <= 1024,
          "hashing.concurrency",
          "must be between 0 and 1024",
          concurrency);
      require(queue >= 0 && queue <= 10_000, "hashing.queue", "must be 0 to 10000", queue);
      require(
          between(maxWait, Duration.ZERO, Duration.ofSeconds(10)),
          "hashing.max-wait",
          "must be between 0s and 10s",
          maxWait);
    }

    /**
     * Returns how many hashes are computed at the same time. A machine with many cores and a small
     * heap must not run out of memory over a few log-ins.
     *
     * @param cores cores of the machine
     * @param heapBytes largest size of the heap
     * @return at least 1
     */
    int places(int cores, long heapBytes) {
      long fit = heapBytes / 4 / (memoryKib * 1024L);
      return concurrency > 0 ? concurrency : (int) Math.max(1, Math.min(cores, fit));
    }
  }

  /**
   * Returns the folder of the signing keys.
   *
   * @param dataFolderKeys the folder that is used when none is configured
   */
  Path keysDirOr(Path dataFolderKeys) {
    return keysDir == null ? dataFolderKeys : keysDir;
  }

  private static boolean between(Duration value, Duration least, Duration most) {
    return value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
  }

  private static boolean isOrigin(String text) {
    try {
      URI uri = URI.create(text);
      boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
      return web
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && text.equals(uri.getScheme() + "://" + uri.getRawAuthority());
    } catch (IllegalArgumentException notAUri) {
      return false;
    }
  }

  private static void require(boolean holds, String setting, String rule, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "app.security." + setting + " " + rule + " but is '" + value + "'");
    }
  }
}

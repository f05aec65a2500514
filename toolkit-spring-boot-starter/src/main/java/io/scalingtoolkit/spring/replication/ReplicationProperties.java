// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties under {@code toolkit.replication}. A property that is not one of them keeps the
 * application from starting.
 *
 * @param enabled whether the data source is configured at all
 * @param name name of the data source in bookmarks and metrics; all processes that exchange
 *     bookmarks must agree on it
 * @param primary the server that takes writes
 * @param replicas the servers that follow it, by name
 * @param pool what all connection pools have in common, in HikariCP's names and units
 * @param consistency what a read is promised
 * @param maxStaleness greatest age of the data that a bounded read sees; only with bounded
 * @param probeInterval how often each server is asked for its role and position, 1 ms to 1 min
 * @param deadAfter silence after which a server is taken for dead, 50 ms to 10 min
 * @param slowStart time in which a replica that came back reaches its full share, up to 1 h
 * @param waitForReplica how long a read waits for a replica to catch up with its session before it
 *     goes to the primary, up to 1 min
 * @param startTimeout how long the start waits for a primary, 100 ms to 10 min
 * @param routeBySql whether the text of a statement in autocommit decides where it goes; if not,
 *     only what is declared read-only or asks for it goes to a replica
 * @param captureOnCommit whether a commit brings back its position in the same round trip
 *     (PostgreSQL only)
 * @param maxPrimaryReads how many connections of the primary reads may use at once for want of a
 *     replica; three quarters of the pool unless set
 * @param balancer how one of several replicas is chosen
 * @param zone where this process stands; replicas of the same zone are preferred
 * @param allowFunctions database functions that a replica may run although the catalogue says they
 *     might write
 * @param denyFunctions database functions that must run on the primary
 * @param observe whether each routing decision becomes an event of the current observation
 * @param bookmark how bookmarks travel over HTTP
 */
@ConfigurationProperties(prefix = Settings.PREFIX, ignoreUnknownFields = false)
record ReplicationProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("db") String name,
    @DefaultValue Primary primary,
    @DefaultValue Map<String, Replica> replicas,
    @NestedConfigurationProperty @DefaultValue PoolProperties pool,
    @DefaultValue("session") ConsistencyChoice consistency,
    @Nullable Duration maxStaleness,
    @DefaultValue("10ms") Duration probeInterval,
    @DefaultValue("500ms") Duration deadAfter,
    @DefaultValue("5s") Duration slowStart,
    @DefaultValue("0ms") Duration waitForReplica,
    @DefaultValue("10s") Duration startTimeout,
    @DefaultValue("true") boolean routeBySql,
    @DefaultValue("false") boolean captureOnCommit,
    @Nullable Integer maxPrimaryReads,
    @DefaultValue("power-of-two") BalancerChoice balancer,
    @Nullable String zone,
    @DefaultValue List<String> allowFunctions,
    @DefaultValue List<String> denyFunctions,
    @DefaultValue("false") boolean observe,
    @DefaultValue Bookmark bookmark) {

  /**
   * The server that takes writes.
   *
   * @param url its JDBC URL
   * @param username who connects; as in the URL unless set
   * @param password the password; as in the URL unless set
   * @param driverClassName the JDBC driver; chosen by the URL unless set
   */
  record Primary(
      @Nullable String url,
      @Nullable String username,
      @Nullable String password,
      @Nullable String driverClassName) {
    @Override
    public String toString() {
      return "Primary[username=" + username + "]";
    }
  }

  /**
   * A server that follows the primary.
   *
   * @param url its JDBC URL
   * @param username who connects; as for the primary unless set
   * @param password the password; as for the primary unless set
   * @param weight its share of the reads relative to the others, 0 to 1,000,000
   * @param zone where it stands
   */
  record Replica(
      @Nullable String url,
      @Nullable String username,
      @Nullable String password,
      @DefaultValue("1") double weight,
      @Nullable String zone) {
    @Override
    public String toString() {
      return "Replica[username=" + username + ", weight=" + weight + ", zone=" + zone + "]";
    }
  }

  /**
   * How bookmarks travel over HTTP.
   *
   * @param enabled whether requests bring bookmarks and responses take them along
   * @param header the header
   * @param cookie the cookie
   * @param signingKeys keys that bookmarks are signed with: the first signs, all verify; without
   *     any they are not signed
   */
  record Bookmark(
      @DefaultValue("true") boolean enabled,
      @DefaultValue Header header,
      @DefaultValue Cookie cookie,
      @DefaultValue List<SigningKey> signingKeys) {}

  /**
   * The header that carries a bookmark.
   *
   * @param enabled whether it is read and set
   * @param name its name
   */
  record Header(
      @DefaultValue("true") boolean enabled, @DefaultValue("Toolkit-Bookmark") String name) {}

  /**
   * The cookie that carries a bookmark, HttpOnly and SameSite=Lax.
   *
   * @param enabled whether it is read and set
   * @param name its name
   * @param path the path it is sent for
   * @param secure whether it is sent over TLS only
   * @param maxAge how long the client keeps it; should be longer than a replica ever lags, at least
   *     1 s
   */
  record Cookie(
      @DefaultValue("false") boolean enabled,
      @DefaultValue("toolkit-bookmark") String name,
      @DefaultValue("/") String path,
      @DefaultValue("true") boolean secure,
      @DefaultValue("1h") Duration maxAge) {}

  /**
   * A key that bookmarks are signed with.
   *
   * @param id its public name, 1 to 8 characters of letters, digits, dot, dash and underscore
   * @param secret at least 32 bytes in UTF-8, random
   */
  record SigningKey(@Nullable String id, @Nullable String secret) {
    @Override
    public String toString() {
      return "SigningKey[" + id + "]";
    }
  }
}

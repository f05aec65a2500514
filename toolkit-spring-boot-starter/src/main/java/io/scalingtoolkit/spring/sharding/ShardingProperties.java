// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.sharding;

import io.scalingtoolkit.sharding.ReadFreshness;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties under {@code toolkit.sharding}. A property that is not one of them keeps the
 * application from starting.
 *
 * @param enabled whether the data source is configured at all
 * @param control name of the shard whose primary holds the map of slots, and the moves
 * @param createMap whether a first map over all shards, with 4,096 slots, is made if there is none;
 *     with the wrong control database that would be a second map, so it is for the first start
 * @param shards the shards by the names that the map has for them; there may be some that the map
 *     does not name yet
 * @param pool what all connection pools have in common
 * @param freshness how sure reads are that their slot has not moved away
 * @param refreshInterval how often the map is read again, 10 ms to 1 h
 * @param readLease how long reads go by a map that could not be read again, 100 ms to 1 h
 * @param patience for how long work is done again whose slot is on the move, 1 ms to 1 h
 */
@ConfigurationProperties(prefix = ShardingProperties.PREFIX, ignoreUnknownFields = false)
record ShardingProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable String control,
    @DefaultValue("false") boolean createMap,
    @DefaultValue Map<String, Shard> shards,
    @DefaultValue Pool pool,
    @DefaultValue("bounded") ReadFreshness freshness,
    @DefaultValue("1s") Duration refreshInterval,
    @DefaultValue("2s") Duration readLease,
    @DefaultValue("10s") Duration patience) {
  static final String PREFIX = "toolkit.sharding";

  /**
   * A shard.
   *
   * @param url JDBC URL of its primary
   * @param username who connects; as in the URL unless set
   * @param password the password; as in the URL unless set
   * @param replicas servers that follow the primary, by name; reads go to them as with {@code
   *     toolkit.replication}
   */
  record Shard(
      @Nullable String url,
      @Nullable String username,
      @Nullable String password,
      @DefaultValue Map<String, Replica> replicas) {
    @Override
    public String toString() {
      return "Shard[username=" + username + ", replicas=" + replicas.keySet() + "]";
    }
  }

  /**
   * A server that follows the primary of a shard.
   *
   * @param url its JDBC URL
   * @param username who connects; as for the primary unless set
   * @param password the password; as for the primary unless set
   */
  record Replica(@Nullable String url, @Nullable String username, @Nullable String password) {
    @Override
    public String toString() {
      return "Replica[username=" + username + "]";
    }
  }

  /**
   * What all pools have in common.
   *
   * @param maximumPoolSize most connections to one server, 1 or more
   * @param connectionTimeout how long a caller waits for one, at least 250 ms
   */
  record Pool(
      @DefaultValue("10") int maximumPoolSize, @DefaultValue("30s") Duration connectionTimeout) {}
}

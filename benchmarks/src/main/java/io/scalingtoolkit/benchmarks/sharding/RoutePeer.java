// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import com.dynatrace.hash4j.consistent.ConsistentBucketHasher;
import com.dynatrace.hash4j.consistent.ConsistentHashing;
import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import com.dynatrace.hash4j.random.PseudoRandomGeneratorProvider;
import io.scalingtoolkit.sharding.hash.ConsistentHash;
import io.scalingtoolkit.sharding.hash.KeyHash;
import io.scalingtoolkit.sharding.hash.NodeRouter;
import io.scalingtoolkit.sharding.hash.WeightedNode;
import io.scalingtoolkit.sharding.map.ShardMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What finds a shard. All but our shard map take an integer key for a hash already: they are spared
 * the hashing. UUIDs and texts are hashed by everyone, by hash4j and ours with the same function.
 */
public enum RoutePeer {
  /** JumpBack of hash4j, which every other row is compared with. */
  HASH4J("hash4j") {
    @Override
    Route over(int shards) {
      ConsistentBucketHasher hasher =
          ConsistentHashing.jumpBackHash(PseudoRandomGeneratorProvider.splitMix64_V1());
      Hasher64 hash = Hashing.xxh3_64();
      return new Route() {
        @Override
        public int ofLong(long key) {
          return hasher.getBucket(key, shards);
        }

        @Override
        public int ofUuid(UUID key) {
          long high = key.getMostSignificantBits();
          return ofLong(hash.hashLongLongToLong(high, key.getLeastSignificantBits()));
        }

        @Override
        public int ofText(String key) {
          return ofLong(hash.hashCharsToLong(key));
        }
      };
    }
  },

  /** Jump hash of Guava. */
  GUAVA("guava") {
    @Override
    Route over(int shards) {
      com.google.common.hash.HashFunction hash = com.google.common.hash.Hashing.murmur3_128();
      return new Route() {
        @Override
        public int ofLong(long key) {
          return com.google.common.hash.Hashing.consistentHash(key, shards);
        }

        @Override
        public int ofUuid(UUID key) {
          return ofLong(
              hash.newHasher()
                  .putLong(key.getMostSignificantBits())
                  .putLong(key.getLeastSignificantBits())
                  .hash()
                  .asLong());
        }

        @Override
        public int ofText(String key) {
          return ofLong(hash.hashUnencodedChars(key).asLong());
        }
      };
    }
  },

  /** Ours without slots: JumpBack. */
  JUMP_BACK("toolkit jump back") {
    @Override
    Route over(int shards) {
      return new Hashed() {
        @Override
        public int ofLong(long key) {
          return ConsistentHash.bucket(key, shards);
        }
      };
    }
  },

  /** Ours for caches: a ring of named nodes. */
  RING("toolkit ring") {
    @Override
    Route over(int shards) {
      IntFunction<WeightedNode<Integer>> node = i -> WeightedNode.of("shard-" + i, i);
      NodeRouter<Integer> ring =
          ConsistentHash.ring(IntStream.range(0, shards).mapToObj(node).toList());
      return new Hashed() {
        @Override
        public int ofLong(long key) {
          return ring.node(key).target();
        }
      };
    }
  },

  /** Ours for databases: the key, its slot, and the shard that the map gives the slot to. */
  TOOLKIT("toolkit") {
    @Override
    Route over(int shards) {
      ShardMap map =
          ShardMap.of(
              IntStream.range(0, shards).mapToObj(i -> "shard-" + i).toArray(String[]::new));
      return new Route() {
        @Override
        public int ofLong(long key) {
          return map.shardIndexOf(map.slotOf(key));
        }

        @Override
        public int ofUuid(UUID key) {
          return map.shardIndexOf(map.slotOf(key));
        }

        @Override
        public int ofText(String key) {
          return map.shardIndexOf(map.slotOf(key));
        }
      };
    }
  };

  private final String label;

  RoutePeer(String label) {
    this.label = label;
  }

  /** The name in reports. */
  public String label() {
    return label;
  }

  /** Labels by the value of the JMH parameter. */
  public static Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>();
    for (RoutePeer peer : values()) {
      labels.put(peer.name(), peer.label);
    }
    return labels;
  }

  abstract Route over(int shards);

  /** With our hash before it. */
  private abstract static class Hashed implements Route {
    @Override
    public int ofUuid(UUID key) {
      return ofLong(KeyHash.of(key));
    }

    @Override
    public int ofText(String key) {
      return ofLong(KeyHash.of(key));
    }
  }
}

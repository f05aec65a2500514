// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.move.Mover;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** The map by which this process routes, and the moves between shards. */
@Endpoint(id = "shards")
final class ShardsEndpoint {
  private final ShardedDataSource dataSource;
  private final @Nullable Mover mover;

  ShardsEndpoint(ShardedDataSource dataSource, @Nullable Mover mover) {
    this.dataSource = dataSource;
    this.mover = mover;
  }

  /**
   * What holds now; immutable.
   *
   * @param version of the map
   * @param slots all slots
   * @param shards in the order of the map
   * @param moves the oldest first; empty without a mover
   */
  record Status(long version, int slots, List<ShardStatus> shards, List<MoveStatus> moves) {}

  /**
   * A shard; immutable.
   *
   * @param slots how many it has
   */
  record ShardStatus(String name, double weight, int slots) {}

  /**
   * A move; immutable.
   *
   * @param slots as ranges
   * @param rows copied or carried over so far
   * @param progress how far the copy is, or why the move was undone
   */
  record MoveStatus(
      String id,
      String source,
      String target,
      String slots,
      String state,
      long rows,
      String progress,
      @Nullable String owner) {}

  /**
   * Returns what holds now.
   *
   * @throws IllegalStateException if the control database does not tell the moves
   */
  @ReadOperation
  Status status() {
    ShardMap map = dataSource.map();
    List<ShardStatus> shards =
        map.shards().stream()
            .map(
                shard ->
                    new ShardStatus(shard.name(), shard.weight(), map.slotsOf(shard.name()).size()))
            .toList();
    return new Status(map.version(), map.slots(), shards, moves());
  }

  private List<MoveStatus> moves() {
    if (mover == null) {
      return List.of();
    }
    try {
      return mover.moves().stream()
          .map(
              move ->
                  new MoveStatus(
                      move.id(),
                      move.source(),
                      move.target(),
                      move.slots().toString(),
                      move.state().name(),
                      move.rows(),
                      move.progress(),
                      move.owner()))
          .toList();
    } catch (SQLException e) {
      throw new IllegalStateException("the control database does not tell the moves", e);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Values that are reserved for a change and not yet its own, for a transaction that somebody else
 * begins and commits, such as Spring:
 *
 * <pre>{@code
 * try (UniqueHold hold = unique.change(owner).take(email).hold()) {
 *   transaction.execute(connection -> {
 *     hold.use(connection);
 *     insertUser(connection);
 *   });
 *   hold.committed();
 * }
 * }</pre>
 *
 * <p>Closing it settles the values: they are the owner's if the transaction has committed, and free
 * if not. A process that dies before leaves that to a sweep.
 *
 * <p>Confined to one thread at a time.
 */
public final class UniqueHold implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UniqueHold.class);

  private final UniqueKeys unique;
  private final UniqueShards shards;
  private final ShardKey owner;
  private final List<Reservation> reservations;
  private final List<UniqueValue> released;
  private boolean used;
  private boolean committed;
  private boolean closed;

  UniqueHold(
      UniqueKeys unique,
      UniqueShards shards,
      ShardKey owner,
      List<Reservation> reservations,
      Set<UniqueValue> released) {
    this.unique = unique;
    this.shards = shards;
    this.owner = owner;
    this.reservations = List.copyOf(reservations);
    this.released = new ArrayList<>(released);
  }

  /**
   * Takes and gives back the values in a transaction; in each attempt where it is done again.
   *
   * @param connection to the shard of the owner, in a transaction
   * @throws SQLException as {@link UniqueKeys#use}
   */
  public void use(Connection connection) throws SQLException {
    used = true;
    for (Reservation each : reservations) {
      unique.use(connection, each);
    }
    for (UniqueValue each : released) {
      boolean hadNone = !unique.release(connection, each, owner);
      if (hadNone) {
        LOG.debug("The owner does not have what it gives back: {}", each);
      }
    }
  }

  /** Says that the transaction has committed, which saves asking for it. */
  public void committed() {
    committed = true;
    shards.reached(UniqueStep.COMMITTED);
  }

  /**
   * Says that the transaction did not commit, for sure; it may be begun again. Otherwise that has
   * to be found out at the shard, and a trace of it stays there.
   */
  public void rolledBack() {
    used = false;
  }

  /**
   * Settles the values; does nothing the second time. What a shard that is away keeps from being
   * settled, a sweep settles.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      for (Reservation each : reservations) {
        settle(UniqueKeys.entry(each));
      }
      for (UniqueValue each : used ? released : List.<UniqueValue>of()) {
        unique.free(each, owner);
      }
    } catch (SQLException e) {
      LOG.debug("Left to the next sweep", e);
    }
  }

  private void settle(UniqueSql.Entry entry) throws SQLException {
    if (committed) {
      shards.confirm(entry);
    } else if (used) {
      // A commit whose answer was lost may have taken effect: the shard knows.
      SweepReport settled = shards.sweep(entry);
      LOG.debug("A reservation without a known end: {}", settled);
    } else {
      shards.free(entry);
    }
  }
}

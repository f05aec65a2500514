// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.internal.SqlStep;
import io.scalingtoolkit.sharding.move.ShardedTable;
import io.scalingtoolkit.sharding.unique.UniqueSql.Entry;
import io.scalingtoolkit.sharding.unique.UniqueSql.Outcome;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * Values that are unique over all shards: a unique index where one database has none, and a
 * directory that leads from a value to its owner.
 *
 * <p>A value lives at the shard of its own hash, its owner somewhere else, and no transaction spans
 * both. So a value is first reserved, then used in the transaction that writes the owner's row, and
 * last confirmed. {@link #change} does it all:
 *
 * <pre>{@code
 * ShardKey key = ShardKey.of(userId);
 * unique.change(key)
 *     .take(new UniqueValue("email", email))
 *     .run(connection -> insertUser(connection, userId, email));
 * }</pre>
 *
 * <p>A process that dies on the way leaves a pending reservation, or a value that nobody has any
 * more. {@link #sweep} clears both away; run it every minute or so, in any number of processes. It
 * cancels a reservation by writing a row at the shard of the owner, under the primary key under
 * which the owner's transaction writes that it has used it: one of the two fails, however slow it
 * is. Clocks decide when a sweep tries and nothing else. Rows of cancelled reservations stay, as
 * they keep a client that was asleep from using what somebody else has by now.
 *
 * <p>The tables {@link #tables} belong to the {@code SlotGuard} and the mover as the application's
 * own do; they move with their slots. Writes to them go through this class only.
 *
 * <p>Thread-safe. All methods but {@link #change} block on the databases. Not to be called within
 * {@link ShardedDataSource#inShard}, except for what takes a connection: a reservation is of use
 * only if it is committed first, and a thread that holds one connection should not wait for
 * another.
 */
public final class UniqueKeys {
  /** SQLState of the use of a reservation that was cancelled meanwhile: reserve again. */
  public static final String CANCELLED = "40TK2";

  private static final Duration LONGEST_AGE = Duration.ofDays(365);

  private final UniqueShards shards;
  private final long staleMillis;

  private UniqueKeys(UniqueShards shards, Duration staleAfter) {
    this.shards = shards;
    this.staleMillis = staleAfter.toMillis();
  }

  /** Unique values over these shards; a pending reservation of 1 minute is old. */
  public static UniqueKeys of(ShardedDataSource shards) {
    return of(shards, Duration.ofMinutes(1));
  }

  /**
   * Unique values over these shards.
   *
   * @param staleAfter the age from which {@link #reserve} cancels what another client has reserved
   *     and not used; 0 to 365 days
   */
  public static UniqueKeys of(ShardedDataSource shards, Duration staleAfter) {
    return of(shards, staleAfter, step -> {});
  }

  static UniqueKeys of(
      ShardedDataSource shards, Duration staleAfter, UniqueStep.Listener listener) {
    Objects.requireNonNull(shards, "shards");
    return new UniqueKeys(new UniqueShards(shards, listener), age("staleAfter", staleAfter));
  }

  private static Duration age(String name, Duration value) {
    if (value.isNegative() || value.compareTo(LONGEST_AGE) > 0) {
      throw new IllegalArgumentException(name + " must be 0 to 365 days, was " + value);
    }
    return value;
  }

  /** The two tables, for the guard of the shards and the mover; immutable. */
  public static List<ShardedTable> tables() {
    return List.of(
        ShardedTable.of(UniqueSql.VALUES, "value_hash", ShardedTable.KeyType.TEXT),
        ShardedTable.of(UniqueSql.OUTCOMES, "owner_key", ShardedTable.KeyType.ENCODED));
  }

  /**
   * The statements that create the tables in a shard, for a migration; each leaves alone what is
   * there. Immutable.
   *
   * @param shard asked for its product
   * @throws SQLException if it cannot be asked, or is of a product that cannot be a shard
   */
  public static List<String> schema(DatabaseMetaData shard) throws SQLException {
    return UniqueSql.ddl(SqlProduct.of(shard.getConnection()));
  }

  /** Creates the tables in a shard where they are missing. */
  public static void create(DataSource shard) throws SQLException {
    SqlStep.inTransaction(
        shard,
        connection -> {
          try (Statement statement = connection.createStatement()) {
            for (String each : schema(connection.getMetaData())) {
              statement.execute(each);
            }
          }
        });
  }

  /**
   * Begins a change of what an owner has: takes values, gives values back, or both.
   *
   * @param owner the shard key of the owner's rows; at most 512 bytes encoded
   */
  public UniqueChange change(ShardKey owner) {
    return new UniqueChange(this, shards, requireOwner(owner));
  }

  /**
   * Reserves values for an owner, all or none. To be used with {@link #use}, or cancelled by a
   * sweep.
   *
   * @param values none twice; reserved in an order of their own, the same for everybody
   * @return a reservation for each value, in the order of the values; immutable
   * @throws ValueTakenException if somebody has one of the values, the owner included
   * @throws SQLException if a database fails; a value may be reserved then until a sweep
   * @throws IllegalArgumentException if there is no value, or one twice
   * @throws IllegalStateException within {@link ShardedDataSource#inShard}
   */
  public List<Reservation> reserve(List<UniqueValue> values, ShardKey owner) throws SQLException {
    requireOwner(owner);
    if (values.isEmpty() || new HashSet<>(values).size() != values.size()) {
      throw new IllegalArgumentException("values must be at least one, and none twice");
    }
    requireOutside();
    List<Reservation> wanted = new ArrayList<>();
    for (UniqueValue value : values) {
      wanted.add(new Reservation(value, owner, UUID.randomUUID().toString()));
    }
    List<Reservation> sorted = new ArrayList<>(wanted);
    sorted.sort(Comparator.comparing(each -> each.value().digest()));
    List<Entry> reserved = new ArrayList<>();
    try {
      for (Reservation each : sorted) {
        reserve(each);
        reserved.add(entry(each));
        shards.reached(UniqueStep.RESERVED);
      }
    } catch (SQLException e) {
      for (Entry each : reserved) {
        free(each, e);
      }
      throw e;
    }
    return List.copyOf(wanted);
  }

  private void reserve(Reservation reservation) throws SQLException {
    Entry entry = entry(reservation);
    Optional<UniqueSql.Taken> taken = shards.reserve(entry);
    if (taken.filter(each -> !each.confirmed() && each.ageMillis() >= staleMillis).isPresent()) {
      SweepReport unused = shards.sweep(taken.get().entry());
      taken = shards.reserve(entry);
    }
    if (taken.isPresent()) {
      throw new ValueTakenException(reservation.value());
    }
  }

  /** Frees a value that was never used; where that fails a sweep will do it. */
  private void free(Entry entry, SQLException reason) {
    try {
      shards.free(entry);
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  /**
   * Uses a reservation in the transaction that writes what it was made for.
   *
   * @param connection to the shard of the owner, in a transaction
   * @throws SQLTransactionRollbackException if it was cancelled as too old, SQLState {@value
   *     #CANCELLED}: roll back and reserve again
   * @throws SQLException if the database fails, or the slot of the owner is not there
   * @throws IllegalStateException if it was used before: then what it was made for is committed
   */
  public void use(Connection connection, Reservation reservation) throws SQLException {
    if (connection.getAutoCommit()) {
      throw new IllegalStateException("a reservation is used in a transaction; autocommit is on");
    }
    int slot = shards.slot(reservation.owner());
    Optional<Outcome> before = UniqueSql.settle(connection, entry(reservation), slot, Outcome.USED);
    if (before.equals(Optional.of(Outcome.CANCELLED))) {
      throw new SQLTransactionRollbackException(
          "the reservation was cancelled as too old: " + reservation.value(), CANCELLED);
    }
    if (before.isPresent()) {
      throw new IllegalStateException("the reservation was used before: " + reservation.value());
    }
    shards.reached(UniqueStep.USED);
  }

  /**
   * Confirms a reservation after the transaction that used it; a sweep would do so too.
   *
   * @return false if it was not used, or is over
   */
  public boolean confirm(Reservation reservation) throws SQLException {
    requireOutside();
    Entry entry = entry(reservation);
    if (!isUsed(entry)) {
      return false;
    }
    shards.confirm(entry);
    return true;
  }

  /**
   * Gives a value back in the transaction that deletes or changes what it was used for. Others can
   * have it after {@link #free}, or a sweep.
   *
   * @param connection to the shard of the owner, in a transaction
   * @return false if the owner does not have the value
   */
  public boolean release(Connection connection, UniqueValue value, ShardKey owner)
      throws SQLException {
    if (connection.getAutoCommit()) {
      throw new IllegalStateException("a value is given back in a transaction; autocommit is on");
    }
    return UniqueSql.release(connection, value.digest(), owner, shards.slot(owner));
  }

  /** Makes a value free for others that an owner has given back; does nothing if it has not. */
  public void free(UniqueValue value, ShardKey owner) throws SQLException {
    requireOutside();
    List<Entry> released =
        shards.transaction(
            owner, connection -> UniqueSql.released(connection, value.digest(), owner));
    for (Entry each : released) {
      shards.freeReleased(each);
    }
  }

  /**
   * The owner of a value; empty if nobody has it. Read-only, so where a pool leads reads to
   * replicas the answer is as fresh as those are; and the owner may be about to give the value
   * back: its own row says so for sure.
   */
  public Optional<ShardKey> find(UniqueValue value) throws SQLException {
    requireOutside();
    String digest = value.digest();
    Optional<UniqueSql.Taken> taken =
        shards.read(
            UniqueShards.valueKey(digest), connection -> UniqueSql.taken(connection, digest));
    if (taken.isEmpty()) {
      return Optional.empty();
    }
    Entry entry = taken.get().entry();
    boolean used =
        taken.get().confirmed()
            || shards
                .read(entry.owner(), connection -> UniqueSql.outcome(connection, entry))
                .equals(Optional.of(Outcome.USED));
    return used ? Optional.of(entry.owner()) : Optional.empty();
  }

  private boolean isUsed(Entry entry) throws SQLException {
    return shards.outcome(entry).equals(Optional.of(Outcome.USED));
  }

  /**
   * Cancels reservations that nobody has used, confirms those that were used, and frees values that
   * were given back, on all shards.
   *
   * @param olderThan the least age of a reservation, by the clock of its database; 0 to 365 days.
   *     Shorter than a sign-up takes, it makes clients begin again; it is never unsafe
   * @throws SQLException if a shard failed; the others are done, and the failures of more shards
   *     are suppressed ones
   */
  public SweepReport sweep(Duration olderThan) throws SQLException {
    requireOutside();
    return new UniqueSweep(shards, age("olderThan", olderThan).toMillis()).run();
  }

  static Entry entry(Reservation reservation) {
    return new Entry(reservation.value().digest(), reservation.id(), reservation.owner());
  }

  private static ShardKey requireOwner(ShardKey owner) {
    int length = owner.encoded().length;
    if (length > UniqueSql.MOST_OWNER_BYTES) {
      throw new IllegalArgumentException(
          "owner must have at most "
              + UniqueSql.MOST_OWNER_BYTES
              + " bytes encoded, has "
              + length);
    }
    return owner;
  }

  private void requireOutside() {
    if (shards.shards().isInShard()) {
      throw new IllegalStateException(
          "this is done before or after the transaction of inShard, not within it");
    }
  }
}

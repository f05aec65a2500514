// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.sharding.ShardScope;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import java.sql.SQLException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions around a piece of code, for services whose slow work (hashing, files) must stay
 * outside of them. Joins a transaction that is already open. Thread-safe.
 *
 * <p>A transaction that the database ended in favour of another one is run again, unless it had
 * joined an open one. So is, once, one that only reads and lost its server: it has changed nothing,
 * and there may be another server. The work must therefore leave nothing behind but what it writes
 * to the database.
 */
@Component
public final class Transactions {

  /** How often a transaction is run that loses to others each time. */
  private static final int ATTEMPTS = 3;

  /** How often one that only reads is run when servers are lost. */
  private static final int ATTEMPTS_TO_READ = 2;

  private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);

  private final TransactionTemplate write;
  private final TransactionTemplate read;
  private final @Nullable ShardedDataSource shards;
  private final @Nullable FileOrServer moving;

  /**
   * Creates the runner; Spring does it in the application.
   *
   * @param manager begins and ends the transactions
   * @param shards gives none where all users are in one database
   * @param moving gives one where they are in a file, which they may leave
   */
  @Autowired
  Transactions(
      PlatformTransactionManager manager,
      ObjectProvider<ShardedDataSource> shards,
      ObjectProvider<FileOrServer> moving) {
    this(manager, shards.getIfAvailable(), moving.getIfAvailable());
  }

  /**
   * Creates a runner over one database.
   *
   * @param manager begins and ends the transactions
   */
  public Transactions(PlatformTransactionManager manager) {
    this(manager, (ShardedDataSource) null, null);
  }

  private Transactions(
      PlatformTransactionManager manager,
      @Nullable ShardedDataSource shards,
      @Nullable FileOrServer moving) {
    this.write = new TransactionTemplate(manager);
    this.read = new TransactionTemplate(manager);
    this.read.setReadOnly(true);
    this.shards = shards;
    this.moving = moving;
  }

  /**
   * Runs work that may write; an exception rolls back.
   *
   * @param <T> what the work returns
   * @param key whose rows it is about: id of a user, or what else rows are placed by
   * @param work not null-returning
   * @return what the work returned, after the commit
   */
  public <T> T write(String key, Supplier<T> work) {
    return at(key, write, work);
  }

  /**
   * Runs work that only reads, all of it on one snapshot.
   *
   * @param <T> what the work returns
   * @param key as for writing
   * @param work not null-returning
   * @return what the work returned
   */
  public <T> T read(String key, Supplier<T> work) {
    return at(key, read, work);
  }

  /** Where there are shards, at that of the key; again if its rows are moving to another one. */
  private <T> T at(String key, TransactionTemplate transaction, Supplier<T> work) {
    FileOrServer.Both both = moving == null ? null : moving.both();
    if (both != null) {
      ConsistencyScope session = ConsistencyScope.resume(both.session());
      try {
        return at(both.shards(), key, transaction, work);
      } finally {
        session.close();
      }
    }
    return shards == null ? run(transaction, work) : at(shards, key, transaction, work);
  }

  private static <T> T at(
      ShardedDataSource shards, String key, TransactionTemplate transaction, Supplier<T> work) {
    ShardKey wanted = ShardKey.of(key);
    ShardScope outer = ShardScope.current();
    if (outer != null && TransactionSynchronizationManager.isActualTransactionActive()) {
      String open = shards.route(outer.key()).shard();
      String other = shards.route(wanted).shard();
      if (!wanted.equals(outer.key()) && !open.equals(other)) {
        throw new IllegalStateException(
            "a transaction at shard %s cannot go on at shard %s".formatted(open, other));
      }
      return run(transaction, work);
    }
    try {
      return shards.inScope(wanted, scope -> run(transaction, work));
    } catch (SQLException e) {
      throw new CannotAcquireLockException("The rows were on the move for too long.", e);
    }
  }

  private static <T> T run(TransactionTemplate transaction, Supplier<T> work) {
    int attempts = TransactionSynchronizationManager.isActualTransactionActive() ? 1 : ATTEMPTS;
    for (int attempt = 1; ; attempt++) {
      try {
        return runOnce(transaction, work);
      } catch (TransactionLostException e) {
        if (attempt >= attempts) {
          throw e;
        }
        LOG.debug("transaction.again: the database ended it in favour of another one", e);
      } catch (TransientDataAccessResourceException e) {
        if (!transaction.isReadOnly() || attempt >= Math.min(attempts, ATTEMPTS_TO_READ)) {
          throw e;
        }
        LOG.debug("transaction.again: it only reads and its server was lost", e);
      }
    }
  }

  private static <T> T runOnce(TransactionTemplate transaction, Supplier<T> work) {
    T result = transaction.execute(status -> work.get());
    if (result == null) {
      throw new IllegalStateException("work in a transaction must not return null");
    }
    return result;
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The transactions of Spring's managers, each with its own changes, also while another one is
 * suspended. Thread-safe.
 */
final class SpringTransactions implements Transactions {
  private final boolean fills;
  private final @Nullable Duration longestCommit;

  /**
   * @param fills whether what is loaded in a transaction is kept at all
   * @param longestCommit how long evictions that are announced before a commit wait for its end,
   *     null if they are not announced
   */
  SpringTransactions(boolean fills, @Nullable Duration longestCommit) {
    this.fills = fills;
    this.longestCommit = longestCommit;
  }

  @Override
  public @Nullable Current current() {
    if (!TransactionSynchronizationManager.isActualTransactionActive()
        || !TransactionSynchronizationManager.isSynchronizationActive()) {
      return null;
    }
    Bound bound = (Bound) TransactionSynchronizationManager.getResource(this);
    if (bound == null) {
      bound = new Bound();
      TransactionSynchronizationManager.bindResource(this, bound);
      TransactionSynchronizationManager.registerSynchronization(bound);
      if (longestCommit != null) {
        TransactionSynchronizationManager.registerSynchronization(
            new Announcement(bound.changes, longestCommit));
      }
    }
    // Once they are made, what a callback changes has nothing to wait for any more.
    return bound.made
        ? null
        : new Current(
            bound.changes,
            TransactionSynchronizationManager.isCurrentTransactionReadOnly(),
            fills && !hasSnapshot());
  }

  @Override
  public boolean isPinned() {
    return TransactionSynchronizationManager.isActualTransactionActive()
        && TransactionSynchronizationManager.isCurrentTransactionReadOnly();
  }

  private static boolean hasSnapshot() {
    Integer level = TransactionSynchronizationManager.getCurrentTransactionIsolationLevel();
    return level != null && level >= TransactionDefinition.ISOLATION_REPEATABLE_READ;
  }

  /** Announces the changes of a transaction when it is about to commit. */
  private record Announcement(PendingChanges changes, Duration longestCommit)
      implements TransactionSynchronization {
    /** Behind other callbacks, which may change something yet. */
    @Override
    public int getOrder() {
      return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void beforeCommit(boolean readOnly) {
      changes.prepare(longestCommit);
    }
  }

  /** The changes of one transaction, and when they are made; confined to its thread. */
  private final class Bound implements TransactionSynchronization {
    final PendingChanges changes = new PendingChanges();
    boolean made;

    /** Ahead of other callbacks, which may read what has been committed. */
    @Override
    public int getOrder() {
      return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public void suspend() {
      TransactionSynchronizationManager.unbindResource(SpringTransactions.this);
    }

    @Override
    public void resume() {
      TransactionSynchronizationManager.bindResource(SpringTransactions.this, this);
    }

    @Override
    public void savepointRollback(Object savepoint) {
      changes.distrustValues();
    }

    @Override
    public void afterCommit() {
      make();
    }

    /** Makes up for a callback that was not called, as when another one before it threw. */
    @Override
    public void afterCompletion(int status) {
      TransactionSynchronizationManager.unbindResourceIfPossible(SpringTransactions.this);
      if (status == STATUS_UNKNOWN) {
        changes.distrustValues();
      }
      if (status == STATUS_ROLLED_BACK) {
        changes.drop();
      } else {
        make();
      }
      made = true;
    }

    private void make() {
      if (!made) {
        made = true;
        changes.apply();
      }
    }
  }
}

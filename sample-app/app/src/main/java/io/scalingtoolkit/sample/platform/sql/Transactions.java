// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

  /**
   * Creates the runner; Spring does it in the application.
   *
   * @param manager begins and ends the transactions
   */
  public Transactions(PlatformTransactionManager manager) {
    this.write = new TransactionTemplate(manager);
    this.read = new TransactionTemplate(manager);
    this.read.setReadOnly(true);
  }

  /**
   * Runs work that may write; an exception rolls back.
   *
   * @param <T> what the work returns
   * @param work not null-returning
   * @return what the work returned, after the commit
   */
  public <T> T write(Supplier<T> work) {
    return run(write, work);
  }

  /**
   * Runs work that only reads, all of it on one snapshot.
   *
   * @param <T> what the work returns
   * @param work not null-returning
   * @return what the work returned
   */
  public <T> T read(Supplier<T> work) {
    return run(read, work);
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

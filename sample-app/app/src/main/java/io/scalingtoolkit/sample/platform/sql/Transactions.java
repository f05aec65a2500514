// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.util.function.Supplier;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions around a piece of code, for services whose slow work (hashing, files) must stay
 * outside of them. Joins a transaction that is already open. Thread-safe.
 */
@Component
public final class Transactions {

  private final TransactionTemplate write;
  private final TransactionTemplate read;

  Transactions(PlatformTransactionManager manager) {
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
    T result = transaction.execute(status -> work.get());
    if (result == null) {
      throw new IllegalStateException("work in a transaction must not return null");
    }
    return result;
  }
}

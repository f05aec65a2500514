// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import javax.sql.DataSource;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.DefaultTransactionStatus;

/**
 * Transactions on SQLite, or on the server that its users have moved to. SQLite rolls back by
 * itself when a statement or a commit finds the disk full. The driver then refuses the rollback
 * that Spring asks for; without this class that refusal would hide the reason. Thread-safe.
 */
final class FileOrServerTransactionManager extends ServerTransactionManager {

  private static final long serialVersionUID = 1L;

  FileOrServerTransactionManager(DataSource dataSource) {
    super(dataSource);
    setExceptionTranslator(new FileOrServerErrors(dataSource));
  }

  @Override
  protected void doRollback(DefaultTransactionStatus status) {
    try {
      super.doRollback(status);
    } catch (TransactionException | DataAccessException e) {
      if (!SqliteErrors.saysNoTransaction(e)) {
        throw e;
      }
      logger.debug("SQLite had rolled back by itself.", e);
    }
  }
}

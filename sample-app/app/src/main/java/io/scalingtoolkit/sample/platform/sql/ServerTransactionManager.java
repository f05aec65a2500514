// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import javax.sql.DataSource;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

/**
 * Transactions on a server. When the connection is lost the server rolls back by itself, and the
 * rollback that Spring asks for fails; without this class that failure would hide the reason.
 * Thread-safe.
 */
class ServerTransactionManager extends JdbcTransactionManager {

  private static final long serialVersionUID = 1L;

  ServerTransactionManager(DataSource dataSource) {
    super(dataSource);
    setExceptionTranslator(new ServerErrors());
  }

  @Override
  protected void doRollback(DefaultTransactionStatus status) {
    try {
      super.doRollback(status);
    } catch (TransientDataAccessResourceException e) {
      logger.debug("The connection was lost, so the server has rolled back.", e);
    }
  }
}

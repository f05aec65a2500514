// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.sql.Connection;
import javax.sql.DataSource;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * Transactions over a primary and its replicas. A reading transaction is on one snapshot wherever
 * it runs: the pools of the replicas are set to that, and this asks for it on the primary.
 * Thread-safe.
 */
final class ReplicatedTransactionManager extends ServerTransactionManager {

  private static final long serialVersionUID = 1L;

  ReplicatedTransactionManager(DataSource dataSource) {
    super(dataSource);
  }

  @Override
  protected void doBegin(Object transaction, TransactionDefinition definition) {
    if (definition.isReadOnly()
        && definition.getIsolationLevel() == TransactionDefinition.ISOLATION_DEFAULT) {
      DefaultTransactionDefinition snapshot = new DefaultTransactionDefinition(definition);
      snapshot.setIsolationLevel(Connection.TRANSACTION_REPEATABLE_READ);
      super.doBegin(transaction, snapshot);
    } else {
      super.doBegin(transaction, definition);
    }
  }
}

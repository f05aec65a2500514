// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.SimpleTransactionStatus;

final class TransactionsTest {
  private final Transactions transactions = new Transactions(new NoDatabase());
  private int runs;

  @Test
  void read_serverLostOnce_runsAgain() {
    assertThat(transactions.read("u", lost(1))).isEqualTo("done");
    assertThat(runs).isEqualTo(2);
  }

  @Test
  void read_serverLostTwice_fails() {
    assertThatThrownBy(() -> transactions.read("u", lost(2)))
        .isInstanceOf(TransientDataAccessResourceException.class);
    assertThat(runs).isEqualTo(2);
  }

  @Test
  void write_serverLost_isNotRunAgain() {
    assertThatThrownBy(() -> transactions.write("u", lost(1)))
        .isInstanceOf(TransientDataAccessResourceException.class);
    assertThat(runs).isEqualTo(1);
  }

  private Supplier<String> lost(int times) {
    return () -> {
      if (++runs <= times) {
        throw new TransientDataAccessResourceException("SQLState 08006");
      }
      return "done";
    };
  }

  /** Begins and ends nothing. */
  private static final class NoDatabase implements PlatformTransactionManager {
    @Override
    public TransactionStatus getTransaction(TransactionDefinition definition) {
      return new SimpleTransactionStatus();
    }

    @Override
    public void commit(TransactionStatus status) {}

    @Override
    public void rollback(TransactionStatus status) {}
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** All that holds for transactions, with evictions announced before the commit; and that. */
class TwoPhaseTransactionsTest extends TransactionsTest {
  @Override
  boolean twoPhase() {
    return true;
  }

  /** Does something when the transaction is about to commit, behind everybody else. */
  private static void lastBeforeTheCommit(Runnable action) {
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public int getOrder() {
            return Ordered.LOWEST_PRECEDENCE;
          }

          @Override
          public void beforeCommit(boolean readOnly) {
            action.run();
          }
        });
  }

  @Test
  void beforeTheCommit_whatWillBeEvicted_isForgotten_andNotKept() {
    books.find(1);
    transaction.executeWithoutResult(
        status -> {
          books.evict(1);
          assertThat(cached()).isEqualTo("v1");
          lastBeforeTheCommit(
              () -> {
                assertThat(cached()).isNull();
                cache.nativeCache().get(1L, key -> "old"); // by another thread
                assertThat(cached()).isNull();
              });
        });

    assertThat(books.find(1)).isEqualTo("v1");
    assertThat(cached()).isEqualTo("v1");
  }

  @Test
  void commitThatFails_letsItBeCachedAgain() {
    books.find(1);
    assertThatThrownBy(
            () ->
                transaction.executeWithoutResult(
                    status -> {
                      books.evict(1);
                      lastBeforeTheCommit(
                          () -> {
                            throw new IllegalStateException("of somebody else");
                          });
                    }))
        .hasMessage("of somebody else");

    books.find(1);
    assertThat(cached()).isEqualTo("v1");
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.sql.Database;
import io.scalingtoolkit.sample.platform.sql.Databases;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Deletes answers that can no longer be replayed. Each run deletes up to {@value #MOST_BATCHES}
 * batches of {@value #BATCH} rows, each in its own short transaction, so that requests wait for no
 * more than one batch; what is left goes in the next run. Thread-safe.
 */
@Component
final class IdempotencyCleanup {

  static final int BATCH = 500;
  static final int MOST_BATCHES = 100;

  private static final Logger LOG = LoggerFactory.getLogger(IdempotencyCleanup.class);

  private final Databases databases;
  private final Clock clock;

  IdempotencyCleanup(Databases databases, Clock clock) {
    this.databases = databases;
    this.clock = clock;
  }

  @Scheduled(
      initialDelayString = "${app.idempotency.cleanup-interval:10m}",
      fixedDelayString = "${app.idempotency.cleanup-interval:10m}")
  void scheduled() {
    try {
      int deleted = run();
      if (deleted > 0) {
        LOG.info("idempotency.cleaned: {} expired rows were deleted", deleted);
      }
    } catch (DataAccessException | TransactionException e) {
      LOG.warn("idempotency.cleanup.failed: expired rows stay until the next run", e);
    }
  }

  /** Runs once; returns how many rows went. */
  int run() {
    return databases.all().stream().mapToInt(this::run).sum();
  }

  private int run(Database database) {
    long oldest = Micros.now(clock) - Micros.of(Idempotency.KEPT);
    int total = 0;
    for (int batch = 0; batch < MOST_BATCHES; batch++) {
      Integer deleted =
          database.write().execute(status -> IdempotencyRows.deleteOlder(database, oldest, BATCH));
      int count = deleted == null ? 0 : deleted;
      total += count;
      if (count < BATCH) {
        break;
      }
    }
    return total;
  }
}

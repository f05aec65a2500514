// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link GtidFailoverContract} on real servers. */
class MySqlFailoverIT extends GtidFailoverContract {
  @RegisterExtension
  final MySqlExtension engine = MySqlExtension.of(MySqlCluster.builder().replicas(2));

  @Override
  MySqlExtension engine() {
    return engine;
  }

  @Test
  void promote_delayedReplica_replaysAtOnceWhatItHasReceived() throws SQLException {
    GtidNode first = engine.cluster().primary();
    GtidNode delayed = engine.cluster().replica(0);
    delayed.applyDelay(Duration.ofHours(1));
    Queries.execute(first.dataSource(), "create table late (id int)");
    String lastNumber = first.executedGtid().replaceAll(".*[:-]", "");
    Awaitility.await()
        .untilAsserted(() -> assertThat(delayed.receivedGtid()).matches(".*[:-]" + lastNumber));
    first.kill();

    delayed.promote();

    assertThat(Queries.number(delayed.dataSource(), "select count(*) from late")).isZero();
  }
}

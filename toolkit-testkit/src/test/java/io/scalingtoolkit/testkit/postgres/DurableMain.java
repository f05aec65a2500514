// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** The main class of a child JVM that commits a row to durable data and waits to be killed. */
final class DurableMain {
  private DurableMain() {}

  public static void main(String[] arguments) throws Exception {
    PostgresCluster cluster =
        PostgresCluster.builder().replicas(1).durable(Path.of(arguments[0])).start();
    Queries.execute(
        cluster.primary().dataSource(), "create table t (n int)", "insert into t values (1)");
    System.out.println("COMMITTED yes");
    new CountDownLatch(1).await();
  }
}

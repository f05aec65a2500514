// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.replication.internal.engine.Role;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private final StubCluster stub = new StubCluster("b");
  private final CountDownLatch never = new CountDownLatch(1);

  @AfterEach
  void close() {
    stub.close();
  }

  /** A pool whose connections are all in use; as HikariCP it does not swallow the interrupt. */
  private DataSource exhausted() {
    return (DataSource)
        Proxy.newProxyInstance(
            DataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SQLException("interrupted while waiting for a connection", e);
              }
              return null;
            });
  }

  /** Borrows on a thread of its own, which ends with what became of its interrupt. */
  private FutureTask<Boolean> borrow(Node node) {
    FutureTask<Boolean> task =
        new FutureTask<>(
            () -> {
              assertThatThrownBy(node::leasePrimary)
                  .isInstanceOf(SQLTransientConnectionException.class);
              return Thread.currentThread().isInterrupted();
            });
    Thread thread = new Thread(task, "borrower");
    thread.setDaemon(true);
    thread.start();
    await().until(() -> thread.getState() == Thread.State.WAITING);
    return task;
  }

  @Test
  void lease_waitsForItsTurnAtAPrimaryThatIsDeposed_isCalledBack() throws Exception {
    Node old = stub.cluster().add("a", exhausted(), TargetLoad.of("a"));
    stub.primary("a", "0-1-1");
    stub.replica("b", "0-1-1");
    FutureTask<Boolean> waiting = borrow(old);

    stub.primary("b", "0-1-1");

    assertThat(old.isFenced()).isTrue();
    assertThat(waiting.get(10, TimeUnit.SECONDS)).as("still interrupted").isFalse();
    assertThat(old.load().inFlight()).isZero();
  }

  @Test
  void lease_waitsForItsTurnAtASilentReplica_isCalledBack() throws Exception {
    Node replica = stub.cluster().add("c", exhausted(), TargetLoad.of("c"));
    stub.primary("b", "0-1-1");
    stub.replica("c", "0-1-1");
    FutureTask<Boolean> waiting = borrow(replica);

    stub.silent("c");

    assertThat(waiting.get(10, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void lease_ofAPrimaryThatIsDeposed_isNoLongerCurrent() throws SQLException {
    stub.cluster().add("c", StubCluster.pool("c"), TargetLoad.of("c"));
    stub.primary("b", "0-1-1");
    stub.replica("c", "0-1-1");
    Lease lease = stub.node("b").leasePrimary();
    assertThat(lease.isCurrent()).isTrue();

    stub.primary("c", "0-1-1");

    assertThat(lease.isCurrent()).isFalse();
  }

  /** The pool's connection is to another start of the server than the one whose sample counted. */
  @Test
  void leaseReplica_connectionToAnotherStartOfTheServer_isRefusedAndGivenUp() throws SQLException {
    stub.replica("b", "0-1-9");
    stub.node("b").leaseReplica(stub.node("b").reading());
    assertThat(stub.node("b").load().inFlight()).isOne();
    stub.sayRestarted("b", Role.REPLICA, "0-1-9");

    assertThatThrownBy(() -> stub.node("b").leaseReplica(stub.node("b").reading()))
        .isInstanceOf(StaleServerException.class);
    assertThat(stub.node("b").load().inFlight()).isOne();
  }
}

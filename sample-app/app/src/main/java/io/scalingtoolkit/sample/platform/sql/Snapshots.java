// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.sharding.ShardScope;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * A primary and its replicas as the shard that users come to. Transactions that only read are on
 * one snapshot wherever they run. Thread-safe.
 */
final class Snapshots extends DelegatingDataSource {

  /** Its name in bookmarks. */
  static final String SOURCE = "app";

  private final ConsistencyScope session;
  private boolean arrived;

  /**
   * Creates the shard.
   *
   * @param session of the process, on the clock of the system
   */
  Snapshots(ReplicationDataSource routed, ConsistencyScope session) {
    super(routed);
    this.session = session;
  }

  @Override
  public Connection getConnection() throws SQLException {
    if (ShardScope.current() != null) {
      arrive();
    }
    Connection routed = super.getConnection();
    return (Connection)
        Proxy.newProxyInstance(
            Snapshots.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> call(routed, method, arguments));
  }

  /**
   * The first user comes when a mover, which this process does not hear of, has written all rows to
   * the primary: from then on a replica must have what the primary had then.
   */
  private synchronized void arrive() {
    if (!arrived) {
      session.wrote(SOURCE, MonotonicClock.system().nanoTime());
      arrived = true;
    }
  }

  private static @Nullable Object call(
      Connection routed, Method method, Object @Nullable [] arguments) throws Throwable {
    try {
      Object result = method.invoke(routed, arguments);
      if (method.getName().equals("setReadOnly")
          && arguments != null
          && Boolean.TRUE.equals(arguments[0])) {
        routed.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      }
      return result;
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}

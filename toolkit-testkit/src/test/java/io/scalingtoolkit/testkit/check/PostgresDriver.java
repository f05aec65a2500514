// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Sends the operations of a workload through a router to a PostgreSQL cluster, in plain JDBC. */
final class PostgresDriver implements SessionDriver, Topology, AutoCloseable {
  private static final String START =
      "select (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint";

  /** On a replica that receives nothing the timeline is null, which is read as 0: none. */
  private static final String POSITION =
      "select case when pg_is_in_recovery() then (select received_tli from pg_stat_wal_receiver)"
          + " else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end,"
          + " case when pg_is_in_recovery() then pg_last_wal_replay_lsn()"
          + " else pg_current_wal_lsn() end - '0/0'";

  private final PostgresCluster cluster;
  private final ReferenceRouter router;
  private final Queue<Link> opened = new ConcurrentLinkedQueue<>();
  private final ThreadLocal<Map<PostgresNode, Link>> links =
      ThreadLocal.withInitial(ConcurrentHashMap::new);

  PostgresDriver(PostgresCluster cluster, Mutant mutant, int sessions) {
    this.cluster = cluster;
    this.router = mutant.router(this, sessions, Long.MAX_VALUE, 1);
  }

  private record Link(int number, Connection connection, long incarnation) implements Site {
    @Override
    public Position position() throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(POSITION)) {
        row.next();
        return new Position(incarnation, row.getInt(1), row.getLong(2));
      }
    }
  }

  @Override
  public void run(int session, Access access, Work work) throws SQLException {
    try {
      if (access == Access.READ) {
        Link link = (Link) router.chooseForRead(session);
        work.run(link.connection);
        router.hasRead(session, link);
      } else {
        Connection connection = primary().connection;
        connection.setAutoCommit(false);
        work.run(connection);
        router.beforeCommit(session);
        connection.commit();
        connection.setAutoCommit(true);
        router.committed(session);
      }
    } catch (SQLException e) {
      for (Link link : links.get().values()) {
        link.connection.close();
      }
      links.remove();
      throw e;
    }
  }

  @Override
  public Link primary() throws SQLException {
    return link(cluster.primary());
  }

  /** Those that can be connected to. */
  @Override
  public List<Link> replicas() {
    List<Link> replicas = new ArrayList<>();
    for (PostgresNode node : cluster.replicas()) {
      try {
        replicas.add(link(node));
      } catch (SQLException e) {
        // It is down or still starting; the others and the primary are there.
      }
    }
    return replicas;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void close() throws SQLException {
    for (Link link : opened) {
      link.connection.close();
    }
  }

  private Link link(PostgresNode node) throws SQLException {
    Link link = links.get().get(node);
    if (link == null) {
      Connection connection = node.dataSource().getConnection();
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(START)) {
        row.next();
        link = new Link(cluster.nodes().indexOf(node), connection, row.getLong(1));
      }
      links.get().put(node, link);
      opened.add(link);
    }
    return link;
  }
}

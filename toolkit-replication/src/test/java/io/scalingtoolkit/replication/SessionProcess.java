// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.BookmarkKey;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process of an application: it does operations for whoever connects, each in the session that
 * the bookmark of the request carries on. It ends with its standard input.
 *
 * <p>Arguments: {@code session} or {@code eventual}, and the URLs of the primary and the replicas.
 * A request is a line: {@code W} or {@code R}, the session, the version to write or 0, the bookmark
 * or a dash. The answer: the version, the node, the bookmark. Its standard output is one line for
 * the process that started it, which tells the port.
 */
final class SessionProcess {
  static final String PORT = "port ";
  private static final Logger LOG = LoggerFactory.getLogger(SessionProcess.class);
  private static final byte[] SECRET =
      "thirty-two bytes of a test secret".getBytes(StandardCharsets.US_ASCII);

  private final ReplicationDataSource db;
  private final BookmarkCodec codec =
      BookmarkCodec.builder().discoveredTypes().signingKey(BookmarkKey.of("k1", SECRET)).build();

  private SessionProcess(ReplicationDataSource db) {
    this.db = db;
  }

  public static void main(String[] args) throws IOException {
    try (Pools pools = new Pools();
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      ReplicationDataSourceBuilder builder =
          ReplicationDataSource.builder(pools.open(args[1]))
              .startTimeout(Duration.ofMinutes(1)) // several processes start at once
              .consistency(
                  args[0].equals("session")
                      ? ReadConsistency.session()
                      : ReadConsistency.eventual());
      for (int i = 2; i < args.length; i++) {
        builder.replica("r" + (i - 1), pools.open(args[i]));
      }
      try (ReplicationDataSource db = builder.build()) {
        SessionProcess process = new SessionProcess(db);
        Thread accepting = new Thread(() -> process.accept(server), "accept");
        accepting.setDaemon(true);
        accepting.start();
        System.out.println(PORT + server.getLocalPort());
        while (System.in.read() >= 0) {
          // Its end is the only thing that is awaited.
        }
      }
    }
  }

  private void accept(ServerSocket server) {
    while (true) {
      try {
        Socket socket = server.accept();
        Thread thread = new Thread(() -> serve(socket), "serve");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        PrintWriter out =
            new PrintWriter(socket.getOutputStream(), true, StandardCharsets.US_ASCII)) {
      socket.setTcpNoDelay(true);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(answer(line.split(" ", -1)));
      }
    } catch (IOException | SQLException e) {
      // The other side sees the end of the connection and fails.
      LOG.error("an operation failed", e);
    }
  }

  private String answer(String[] request) throws SQLException {
    int session = Integer.parseInt(request[1]);
    long version = Long.parseLong(request[2]);
    try (ConsistencyScope scope = ConsistencyScope.open(codec.decode(request[3]).bookmark())) {
      String node;
      try (Connection connection = db.getConnection()) {
        if (request[0].equals("W")) {
          write(connection, session, version);
        } else {
          version = read(connection, session);
        }
        node = ReplicationDataSource.nodeOf(connection);
      }
      return version + " " + node + " " + codec.encode(scope.exportBookmark());
    }
  }

  private static void write(Connection connection, int session, long version) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("update entry set version = ? where id = ?")) {
      statement.setLong(1, version);
      statement.setInt(2, session);
      statement.executeUpdate();
    }
  }

  private static long read(Connection connection, int session) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select version from entry where id = ?")) {
      statement.setInt(1, session);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }
}

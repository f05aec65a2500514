// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import com.mysql.cj.MysqlConnection;
import com.mysql.cj.conf.PropertyKey;
import com.mysql.cj.protocol.ServerSessionStateController;
import com.mysql.cj.protocol.ServerSessionStateController.ServerSessionStateChanges;
import com.mysql.cj.protocol.ServerSessionStateController.SessionStateChange;
import com.mysql.cj.protocol.ServerSessionStateController.SessionStateChangesListener;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.mysql.MySqlPosition;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * A commit whose answer has the position after it in itself: the server adds it, and Connector/J
 * passes it on where it was told to track the state of the session.
 *
 * <p>All GTIDs, and not the one of the transaction: it may have read what others had committed, and
 * a replica with several appliers may show the one before the other.
 */
final class MySqlCommit {
  private static final String TRACK = "SET SESSION session_track_gtids = ALL_GTIDS";

  private MySqlCommit() {}

  /**
   * Has the server tell of positions on this connection.
   *
   * @return false if its driver would not pass them on
   */
  static boolean track(Connection connection) throws SQLException {
    if (!isOfConnectorJ(connection) || !Answer.isPassedOn(connection)) {
      return false;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(TRACK);
    }
    return true;
  }

  static @Nullable Position commit(Connection connection) throws SQLException {
    return isOfConnectorJ(connection) ? Answer.ofCommit(connection) : Engine.commitOnly(connection);
  }

  /** The class below is only linked where this says that its driver is there. */
  private static boolean isOfConnectorJ(Connection connection) throws SQLException {
    try {
      return connection.isWrapperFor(MysqlConnection.class);
    } catch (NoClassDefFoundError e) {
      return false;
    }
  }

  /** Takes the position out of the answer to a commit; confined. */
  private static final class Answer implements SessionStateChangesListener {
    private @Nullable Position position;

    static boolean isPassedOn(Connection connection) throws SQLException {
      return connection
          .unwrap(MysqlConnection.class)
          .getPropertySet()
          .getBooleanProperty(PropertyKey.trackSessionState)
          .getValue();
    }

    static @Nullable Position ofCommit(Connection connection) throws SQLException {
      ServerSessionStateController controller =
          connection.unwrap(MysqlConnection.class).getServerSessionStateController();
      Answer answer = new Answer();
      controller.addSessionStateChangesListener(answer);
      try {
        connection.commit();
      } finally {
        controller.removeSessionStateChangesListener(answer);
      }
      return answer.position;
    }

    @Override
    public void handleSessionStateChanges(ServerSessionStateChanges changes) {
      for (SessionStateChange change : changes.getSessionStateChangesList()) {
        if (change.getType() == ServerSessionStateController.SESSION_TRACK_GTIDS) {
          position = parse(String.join("", change.getValues()));
        }
      }
    }

    /** What cannot be read must not fail a commit that has happened; a sample takes its place. */
    private static @Nullable Position parse(String gtids) {
      try {
        return gtids.isBlank() ? null : MySqlPosition.parse(gtids);
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
  }
}

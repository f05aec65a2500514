// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.testkit.check.SessionDriver;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Sessions of a workload on a data source: each goes on in a scope that stays in this process, or
 * carries an encoded bookmark from one operation to the next, as between processes.
 */
@SuppressWarnings("try") // scopes are opened for what happens inside them
final class SessionSoak implements SessionDriver {
  private final ReplicationDataSource db;
  private final boolean portable;
  private final BookmarkCodec codec = BookmarkCodec.builder().discoveredTypes().build();
  private final AtomicReferenceArray<ConsistencyScope> scopes;
  private final AtomicReferenceArray<String> bookmarks;

  SessionSoak(ReplicationDataSource db, int sessions, boolean portable) {
    this.db = db;
    this.portable = portable;
    this.scopes = new AtomicReferenceArray<>(sessions);
    this.bookmarks = new AtomicReferenceArray<>(sessions);
    for (int i = 0; i < sessions; i++) {
      scopes.set(i, ConsistencyScope.detached(Bookmark.empty(), MonotonicClock.system()));
    }
  }

  @Override
  public void run(int session, Access access, Work work) throws SQLException {
    if (portable) {
      String seen = bookmarks.get(session);
      Bookmark bookmark = seen == null ? Bookmark.empty() : codec.decode(seen).bookmark();
      try (ConsistencyScope scope = ConsistencyScope.open(bookmark)) {
        try {
          onConnection(access, work);
        } finally {
          bookmarks.set(session, codec.encode(scope.exportBookmark()));
        }
      }
    } else {
      try (ConsistencyScope ignored = ConsistencyScope.resume(scopes.get(session))) {
        onConnection(access, work);
      }
    }
  }

  private void onConnection(Access access, Work work) throws SQLException {
    // The reads ask the server for its port, which the text alone sends to the primary.
    try (RoutingScope ignored = access == Access.READ ? RoutingScope.replica() : null;
        Connection connection = db.getConnection()) {
      work.run(connection);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sharding.ShardedDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Work whose connection is that of a shard which the slot leaves before the first statement is
 * sent; its rows are deleted there, as the process has a newer map by then.
 */
class LateWorkIT {
  private static final int ID = 7;

  private final Engine engine = Engine.of("postgres");
  private final List<String> outcomes = new ArrayList<>();
  private MoveSetup setup;
  private ShardedDataSource shards;

  @BeforeEach
  void open() throws SQLException {
    setup = MoveSetup.of(engine, "s1", "s2");
    setup.fill(50);
    shards = setup.open();
  }

  @AfterEach
  void close() {
    shards.close();
    engine.close();
  }

  /** The first time all slots move, to the end. */
  private void moveOnce() throws SQLException {
    if (outcomes.isEmpty()) {
      assertThat(setup.mover().build().run(setup.all()).isDone()).isTrue();
    }
  }

  private int touch(Connection connection) throws SQLException {
    moveOnce();
    int rows = Shop.touch(connection, ID, 3);
    outcomes.add(rows + " changed");
    return rows;
  }

  @Test
  void inShard_rowHasLeft_isDoneAgainWhereItIs() throws SQLException {
    int rows = shards.inShard(Shop.key(ID), this::touch);

    assertThat(rows).isOne();
    assertThat(outcomes).containsExactly("0 changed", "1 changed");
  }

  /** Most applications make an error of a row that is not there. */
  @Test
  void inShard_failsAsTheRowHasLeft_isDoneAgainWhereItIs() throws SQLException {
    boolean done =
        shards.inShard(
            Shop.key(ID),
            connection -> {
              if (touch(connection) != 1) {
                throw new IllegalStateException("no such customer");
              }
              return true;
            });

    assertThat(done).isTrue();
    assertThat(outcomes).containsExactly("0 changed", "1 changed");
  }

  @Test
  void readInShard_rowHasLeft_isReadWhereItIs() throws SQLException {
    boolean there =
        shards.readInShard(
            Shop.key(ID),
            connection -> {
              moveOnce();
              try (Statement statement = connection.createStatement();
                  ResultSet rows =
                      statement.executeQuery("select 1 from customer where id = " + ID)) {
                boolean found = rows.next();
                outcomes.add(found ? "seen" : "not seen");
                return found;
              }
            });

    assertThat(there).isTrue();
    assertThat(outcomes).containsExactly("not seen", "seen");
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class PeerTest {
  @ParameterizedTest
  @EnumSource(Peer.class)
  void open_overTheStub_givesRightAnswers(Peer peer) {
    DataSourceBenchmark benchmark = new DataSourceBenchmark();
    benchmark.peer = peer;

    assertThatCode(benchmark::open).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "HIKARI, primary, primary",
    "SPRING_LAZY, primary, replica",
    "SHARDING_SPHERE, replica, replica",
    "AWS_WRAPPER, primary, replica"
  })
  void read_inAutocommitAndReadOnly_goesWhereThePeerSendsIt(
      Peer peer, String inAutocommit, String readOnly) throws SQLException {
    DataSource dataSource = peer.open();

    try (Connection connection = dataSource.getConnection()) {
      assertThat(server(connection)).isEqualTo(inAutocommit);
    }
    try (Connection connection = dataSource.getConnection()) {
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      assertThat(server(connection)).isEqualTo(readOnly);
      connection.commit();
      connection.setAutoCommit(true);
      connection.setReadOnly(false);
    }
  }

  private static String server(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(StubRows.SERVER)) {
      statement.setLong(1, 1);
      try (ResultSet rows = statement.executeQuery()) {
        assertThat(rows.next()).isTrue();
        return rows.getString(1);
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.Test;

final class StubDriverTest {
  private final Properties properties = new Properties();

  @Test
  void connect_foreignUrl_isNull() {
    assertThat(new StubDriver().connect("jdbc:postgresql://localhost/bench", properties)).isNull();
    assertThat(new StubDriver().connect("jdbc:mysql://primary.stub/bench", properties)).isNull();
  }

  @Test
  void metaData_productName_isPostgresUnlessSet() throws SQLException {
    assertThat(connect().getMetaData().getDatabaseProductName()).isEqualTo("PostgreSQL");

    properties.setProperty(StubDriver.PRODUCT, "MariaDB");
    assertThat(connect().getMetaData().getDatabaseProductName()).isEqualTo("MariaDB");
    assertThat(connect().getMetaData().getURL()).isEqualTo("jdbc:postgresql://primary.stub/bench");
  }

  @Test
  void call_unknownToTheStub_isRefused() throws SQLException {
    Connection connection = connect();
    PreparedStatement statement = connection.prepareStatement(StubRows.READ);
    ResultSet rows = statement.executeQuery();

    assertThatThrownBy(connection::setSavepoint)
        .isInstanceOf(SQLFeatureNotSupportedException.class);
    assertThatThrownBy(statement::executeBatch).isInstanceOf(SQLFeatureNotSupportedException.class);
    assertThatThrownBy(rows::previous).isInstanceOf(SQLFeatureNotSupportedException.class);
  }

  private Connection connect() {
    return Objects.requireNonNull(new StubDriver().connect(StubDriver.url("primary"), properties));
  }
}

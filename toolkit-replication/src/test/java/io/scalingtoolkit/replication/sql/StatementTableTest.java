// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each statement of the tables under the test resources is classified as. */
final class StatementTableTest {
  static Stream<Case> postgresql() {
    return Stream.of("common", "postgresql").flatMap(file -> Case.read(file).stream());
  }

  static Stream<Case> mariadb() {
    return Stream.of("common", "mysql-family", "mariadb").flatMap(file -> Case.read(file).stream());
  }

  static Stream<Case> mysql() {
    return Stream.of("common", "mysql-family", "mysql").flatMap(file -> Case.read(file).stream());
  }

  @ParameterizedTest
  @MethodSource("postgresql")
  void classify_onPostgresql_asInTheTable(Case expected) {
    assertThat(expected.classified(SqlDialect.POSTGRESQL)).isEqualTo(expected.classification());
  }

  @ParameterizedTest
  @MethodSource("mariadb")
  void classify_onMariadb_asInTheTable(Case expected) {
    assertThat(expected.classified(SqlDialect.MARIADB)).isEqualTo(expected.classification());
  }

  @ParameterizedTest
  @MethodSource("mysql")
  void classify_onMysql_asInTheTable(Case expected) {
    assertThat(expected.classified(SqlDialect.MYSQL)).isEqualTo(expected.classification());
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SqlClassifierTest {
  private final SqlClassifier postgres = SqlClassifier.builder(SqlDialect.POSTGRESQL).build();

  @Test
  void classify_plainStatements_tellsReadsFromWrites() {
    assertThat(postgres.classify("select 1").kind()).isEqualTo(StatementKind.READ);
    assertThat(postgres.classify("with a as (delete from t returning *) select * from a").kind())
        .isEqualTo(StatementKind.WRITE);
    assertThat(postgres.classify("select * from (select 1 for update) x").kind())
        .isEqualTo(StatementKind.WRITE);
    assertThat(postgres.classify("/* @replica */ select f(1)"))
        .isEqualTo(Classification.of(StatementKind.UNCERTAIN, RouteHint.REPLICA));
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The snippets of the README and of the guide, running. */
class PostgresReadmeIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2)).databasePerTest();

  @Test
  void replicaLagsUntilItIsTold() throws Exception {
    PostgresNode replica = POSTGRES.cluster().replica(0);
    replica.pauseReplay();

    try (Connection primary = POSTGRES.dataSource().getConnection()) {
      primary.createStatement().execute("create table item (id int)");
    }

    assertThat(tables(POSTGRES.dataSource(replica))).isEmpty();
    replica.resumeReplay();
    replica.awaitCaughtUp();
    assertThat(tables(POSTGRES.dataSource(replica))).containsExactly("item");
  }

  @Test
  void plainJava() throws Exception {
    try (PostgresCluster cluster = PostgresCluster.builder().replicas(1).start()) {
      PostgresNode old = cluster.primary();
      old.kill();
      cluster.replica(0).promote();
      cluster.rejoin(old);
      cluster.awaitCaughtUp();
      assertThat(old.isPrimary()).isFalse();
    }
  }

  @Test
  void snippets_ofTheDocuments_standInThisFile() throws IOException {
    String thisFile =
        squeezed(Path.of("src/test/java", getClass().getName().replace('.', '/') + ".java"));
    List<Path> documents = List.of(Path.of("README.md"), Path.of("../docs/guide/testkit.md"));

    for (Path document : documents) {
      String text = Files.readString(document);
      List<String> snippets =
          Arrays.stream(text.split("```java\n", -1))
              .skip(1)
              .map(rest -> squeezed(rest.substring(0, rest.indexOf("```"))))
              .filter(snippet -> snippet.contains("Postgres"))
              .toList();
      assertThat(snippets).as("snippets of %s", document).isNotEmpty();
      assertThat(snippets).allSatisfy(snippet -> assertThat(thisFile).contains(snippet));
    }
  }

  private static List<String> tables(DataSource source) throws Exception {
    try (Connection connection = source.getConnection();
        ResultSet result = connection.getMetaData().getTables(null, "public", null, null)) {
      List<String> names = new ArrayList<>();
      while (result.next()) {
        names.add(result.getString("TABLE_NAME"));
      }
      return names;
    }
  }

  private static String squeezed(Path file) throws IOException {
    return squeezed(Files.readString(file));
  }

  private static String squeezed(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/** JdbcTemplate, transactions and Flyway on the data source, as Boot configures them. */
class TransactionRoutingIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  private static String database;
  private static ConfigurableApplicationContext context;

  @BeforeAll
  static void start() {
    database = POSTGRES.cluster().createDatabase();
    POSTGRES.cluster().awaitCaughtUp();
    context = NoteApplication.start(POSTGRES.cluster(), database, WebApplicationType.NONE);
    POSTGRES.cluster().awaitCaughtUp();
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  private final NoteApplication.Notes notes = context.getBean(NoteApplication.Notes.class);
  private final ReplicationDataSource db = context.getBean(ReplicationDataSource.class);

  @Test
  void dataSource_ofTheApplication_isOursWithBootsTransactionManager() {
    assertThat(context.getBean(DataSource.class)).isSameAs(db);
    assertThat(context.getBean(PlatformTransactionManager.class))
        .isInstanceOf(JdbcTransactionManager.class);
    assertThat(db.status().nodes()).extracting(node -> node.name()).contains("primary", "r1");
  }

  @Test
  void transaction_readOnly_runsOnAReplicaFromItsFirstStatement() {
    assertThat(notes.nodeOfReadOnly()).isEqualTo("r1");
    assertThat(notes.nodeOfReadWrite()).isEqualTo("primary");
    assertThat(db.status().decisions()).containsKeys("read", "transaction");
  }

  @Test
  void transaction_readOnlyThatWrites_isRefusedByTheServer() {
    assertThatThrownBy(notes::writeInReadOnly).hasMessageContaining("read-only transaction");
  }

  @Test
  void template_withoutTransaction_isRoutedByItsText() {
    JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);

    assertThat(jdbc.queryForObject("/*@replica*/ select pg_is_in_recovery()", Boolean.class))
        .isTrue();
    jdbc.update("insert into note values (77, 'text')");
  }

  @Test
  void flyway_withLocksOfATransaction_hasMigratedOnThePrimary() {
    assertMigrated(database, db);
  }

  private static void assertMigrated(String database, ReplicationDataSource db) {
    JdbcTemplate primary = new JdbcTemplate(POSTGRES.cluster().primary().dataSource(database));

    assertThat(
            primary.queryForList(
                "select version from flyway_schema_history where success", String.class))
        .containsExactly("1");
    assertThat(
            primary.queryForObject(
                "select count(*) from pg_locks where locktype = 'advisory'", Integer.class))
        .as("advisory locks left behind")
        .isZero();
    assertThat(db.status().heals()).as("statements that a replica had to refuse").isZero();
  }

  @Test
  void pools_ofAllNodes_areMetered() {
    MeterRegistry meters = context.getBean(MeterRegistry.class);

    assertThat(meters.get("hikaricp.connections.max").gauges())
        .extracting(gauge -> gauge.getId().getTag("pool"))
        .containsExactlyInAnyOrder("db-primary", "db-r1");
    assertThat(meters.find("toolkit.replication.routes").meters()).isNotEmpty();
  }

  /** Both in one test, because an application takes seconds to start. */
  @Test
  void flywayWithLocksOfASession_andClosing_leaveNothingBehind() throws SQLException {
    String second = POSTGRES.cluster().createDatabase();
    POSTGRES.cluster().awaitCaughtUp();
    ConfigurableApplicationContext other =
        NoteApplication.start(
            POSTGRES.cluster(),
            second,
            WebApplicationType.NONE,
            "spring.flyway.postgresql.transactional-lock=false");
    ReplicationDataSource closed = other.getBean(ReplicationDataSource.class);
    HikariDataSource pool = closed.unwrap(HikariDataSource.class);
    try (other) {
      assertMigrated(second, closed);
      assertThat(other.getBeanFactory().getDependentBeans("replicationPools"))
          .contains("replicationDataSource");
    }

    assertThatThrownBy(closed::getConnection).hasMessageContaining("closed");
    assertThat(pool.isClosed()).isTrue();
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.function.Function;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Hibernate and JpaTransactionManager on the data source, as Boot configures them. */
class JpaRoutingIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  private static ConfigurableApplicationContext context;

  @BeforeAll
  static void start() {
    context =
        NoteApplication.start(
            POSTGRES.cluster(),
            "postgres",
            WebApplicationType.NONE,
            "spring.autoconfigure.exclude=");
    POSTGRES.cluster().awaitCaughtUp();
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  /** A note as Hibernate sees it. */
  @Entity(name = "Note")
  @Table(name = "note")
  static class Note {
    @Id private long id;
    private String body;

    protected Note() {}

    Note(long id, String body) {
      this.id = id;
      this.body = body;
    }

    String body() {
      return body;
    }
  }

  private <T> T inTransaction(boolean readOnly, Function<EntityManager, T> work) {
    TransactionTemplate template =
        new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
    template.setReadOnly(readOnly);
    EntityManager entities =
        SharedEntityManagerCreator.createSharedEntityManager(
            context.getBean(EntityManagerFactory.class));
    return template.execute(status -> work.apply(entities));
  }

  private static String nodeOfRead(EntityManager entities) {
    entities.createQuery("from Note", Note.class).getResultList();
    return entities.unwrap(Session.class).doReturningWork(ReplicationDataSource::nodeOf);
  }

  @Test
  void transaction_readOnly_runsOnAReplica() {
    assertThat(context.getBean(PlatformTransactionManager.class))
        .isInstanceOf(JpaTransactionManager.class);

    assertThat(inTransaction(true, JpaRoutingIT::nodeOfRead))
        .as(() -> "" + context.getBean(ReplicationDataSource.class).status())
        .isEqualTo("r1");
    assertThat(inTransaction(false, JpaRoutingIT::nodeOfRead)).isEqualTo("primary");
  }

  @Test
  void entity_writtenInAScope_isReadInIt() {
    POSTGRES.cluster().replica(0).pauseReplay();
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      assertThat(scope.bookmark().isEmpty()).isTrue();
      inTransaction(
          false,
          entities -> {
            entities.persist(new Note(5, "new"));
            return null;
          });

      Note read = inTransaction(true, entities -> entities.find(Note.class, 5L));
      assertThat(read.body()).isEqualTo("new");
    } finally {
      POSTGRES.cluster().replica(0).resumeReplay();
    }
  }
}

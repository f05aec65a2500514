// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.postgres.PostgresPosition;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.spring.cache.CacheCustomizer;
import io.scalingtoolkit.spring.cache.TieredCacheAutoConfiguration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

/** What a feature can rely on, with a cache and without one. */
class ReadCacheTest {
  private static final String SOURCE = "app";
  private static final Position POSITION = PostgresPosition.of(7, 1, 1000);

  private final Transactions transactions = new Transactions(new Manager());
  private final AtomicInteger queries = new AtomicInteger();

  private AnnotationConfigApplicationContext context;
  private ReadCache<String> cache;

  @Configuration(proxyBeanMethods = false)
  static class Tags {
    @Bean
    CacheCustomizer tags() {
      return (name, builder) -> builder.tags((key, value) -> List.of("owner"));
    }
  }

  /** Transactions without a database. */
  private static final class Manager extends AbstractPlatformTransactionManager {
    private static final long serialVersionUID = 1L;

    @Override
    protected Object doGetTransaction() {
      return new Object();
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {}

    @Override
    protected void doCommit(DefaultTransactionStatus status) {}

    @Override
    protected void doRollback(DefaultTransactionStatus status) {}
  }

  @BeforeEach
  void start() {
    open(true);
  }

  @AfterEach
  void stop() {
    context.close();
  }

  private void open(boolean enabled) {
    context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "test",
                Map.of(
                    "toolkit.cache.enabled",
                    enabled,
                    "toolkit.cache.on-demand",
                    false,
                    "toolkit.cache.caches.rows.time-to-live",
                    "1m")));
    context.register(
        CacheConfiguration.class, Tags.class, ReadCaches.class, TieredCacheAutoConfiguration.class);
    context.refresh();
    cache = context.getBean(ReadCaches.class).named("rows");
  }

  private Optional<String> find() {
    return cache.find("k", query());
  }

  private Supplier<Optional<String>> query() {
    return () -> Optional.of("v" + queries.incrementAndGet());
  }

  @Test
  void find_withoutCache_asksEachTimeInTheCallersSession() {
    context.close();
    open(false);
    try (ConsistencyScope caller = ConsistencyScope.open()) {
      assertThat(find()).contains("v1");
      assertThat(find()).contains("v2");
      cache.changed("k");
      cache.changedAll("owner");
      assertThat(cache.find("k", () -> Optional.of("" + (ConsistencyScope.current() == caller))))
          .contains("true");
    }
  }

  @Test
  void find_again_isNotAsked() {
    assertThat(find()).contains("v1");
    assertThat(find()).contains("v1");
  }

  @Test
  void find_nothing_isNotKept() {
    assertThat(cache.find("k", Optional::empty)).isEmpty();
    assertThat(find()).contains("v1");
  }

  @Test
  void named_aCacheThatNobodySet_isRefused() {
    assertThatThrownBy(() -> context.getBean(ReadCaches.class).named("other"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("other");
  }

  @Test
  void changed_inATransaction_isForgottenAfterTheCommitOnly() {
    find();
    transactions.write(
        "u",
        () -> {
          cache.changed("k");
          assertThat(onAnotherThread()).as("for others").contains("v1");
          return true;
        });
    assertThat(find()).contains("v2");

    transactions.write(
        "u",
        () -> {
          cache.changedAll("owner");
          assertThat(onAnotherThread()).as("for others").contains("v2");
          return true;
        });
    assertThat(find()).contains("v3");
  }

  private Optional<String> onAnotherThread() {
    return java.util.concurrent.CompletableFuture.supplyAsync(this::find).join();
  }

  @Test
  void changed_rolledBack_forgetsNothing() {
    find();
    assertThatThrownBy(
            () ->
                transactions.write(
                    "u",
                    () -> {
                      cache.changed("k");
                      cache.changedAll("owner");
                      throw Problem.preconditionFailed();
                    }))
        .isInstanceOf(Problem.class);
    assertThat(find()).contains("v1");
  }

  @Test
  void find_whoIsGivenAValue_hasSeenTheDatabaseSoFar() {
    cache.find(
        "k",
        () -> {
          ConsistencyScope.current().observe(SOURCE, POSITION);
          return Optional.of("v");
        });

    try (ConsistencyScope caller = ConsistencyScope.open()) {
      assertThat(caller.position(SOURCE)).isNull();
      assertThat(find()).contains("v");
      assertThat(caller.position(SOURCE)).isEqualTo(POSITION);
    }
  }

  @Test
  void load_doesNotHaveWhatItsCallerHasSeen() {
    try (ConsistencyScope caller = ConsistencyScope.open()) {
      caller.observe(SOURCE, POSITION);
      cache.find(
          "k",
          () -> {
            assertThat(ConsistencyScope.current().position(SOURCE)).isNull();
            return query().get();
          });
      assertThat(ConsistencyScope.current()).isSameAs(caller);
    }
    try (ConsistencyScope another = ConsistencyScope.open()) {
      find();
      assertThat(another.position(SOURCE)).isNull();
    }
  }

  @Test
  void find_atAnUnknownPosition_isAnsweredAndNotKept() {
    Supplier<Optional<String>> unknown =
        () -> {
          ConsistencyScope.current().observe(SOURCE, Position.unresolved());
          return query().get();
        };
    assertThat(cache.find("k", unknown)).contains("v1");
    assertThat(cache.find("k", unknown)).contains("v2");
  }

  @Test
  void find_withoutAPrimary_asksInTheCallersSessionAndKeepsNothing() {
    try (ConsistencyScope caller = ConsistencyScope.open()) {
      Supplier<Optional<String>> query =
          () -> {
            if (ConsistencyScope.current() != caller) {
              throw new TransientDataAccessResourceException("no primary");
            }
            return query().get();
          };
      assertThat(cache.find("k", query)).contains("v1");
      assertThat(cache.find("k", query)).contains("v2");
    }
  }

  @Test
  void find_queryThatFails_failsAsItDid() {
    assertThatThrownBy(
            () ->
                cache.find(
                    "k",
                    () -> {
                      throw Problem.notFound();
                    }))
        .isInstanceOf(Problem.class);
    assertThat(find()).contains("v1");
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.sqlite.SQLiteDataSource;

/** What caches do inside transactions, and when they have ended. */
class TransactionsTest {
  @TempDir Path folder;

  private AnnotationConfigApplicationContext context;
  Books books;
  TieredSpringCache cache;
  private SQLiteDataSource database;
  private JdbcTransactionManager manager;
  TransactionTemplate transaction;
  private TransactionTemplate another;

  @Configuration(proxyBeanMethods = false)
  @EnableCaching
  static class Application {
    @Bean
    Books books() {
      return new Books();
    }

    @Bean
    MeterRegistry registry() {
      return new SimpleMeterRegistry();
    }

    @Bean
    CacheCustomizer tags() {
      return (name, builder) -> {
        if (name.equals("books")) {
          builder.tags((key, value) -> List.of("tag"));
        }
      };
    }
  }

  @BeforeEach
  void start() {
    open(Map.of("toolkit.cache.caches.books.absent-time-to-live", "1m"));
  }

  /** Whether evictions are announced before the commit, in tests that run in that mode too. */
  boolean twoPhase() {
    return false;
  }

  final void open(Map<String, Object> own) {
    Map<String, Object> properties = new HashMap<>(own);
    properties.put("toolkit.cache.two-phase", twoPhase());
    context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(new MapPropertySource("test", properties));
    context.register(Application.class, TieredCacheAutoConfiguration.class);
    context.refresh();
    books = context.getBean(Books.class);
    cache = cache("books");
    database = new SQLiteDataSource();
    database.setUrl("jdbc:sqlite:" + folder.resolve("db"));
    manager = new JdbcTransactionManager(database);
    transaction = new TransactionTemplate(manager);
    another = new TransactionTemplate(manager);
    another.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    books.rows().put(1L, "v1");
  }

  private TieredSpringCache cache(String name) {
    return Objects.requireNonNull(context.getBean(TieredCacheManager.class).getCache(name));
  }

  @AfterEach
  void stop() {
    context.close();
  }

  final Object cached() {
    return cache.nativeCache().getIfPresent(1L);
  }

  @Test
  void evict_isMadeAfterTheCommit_andOnlyThen() {
    books.find(1);
    transaction.executeWithoutResult(
        status -> {
          books.rows().put(1L, "v2");
          books.evict(1);
          assertThat(cached()).as("what others get").isEqualTo("v1");
        });

    assertThat(cached()).isNull();
    assertThat(books.find(1)).isEqualTo("v2");
  }

  @Test
  void rollback_changesNothing() {
    books.find(1);
    transaction.executeWithoutResult(
        status -> {
          books.evict(1);
          cache.put(2L, "never");
          cache.invalidateTag("tag");
          books.evictAll();
          books.put(1, "never");
          status.setRollbackOnly();
        });

    assertThat(cached()).isEqualTo("v1");
    assertThat(cache.get(2L)).isNull();
  }

  @Test
  void put_isMadeAfterTheCommit() {
    books.find(1);
    transaction.executeWithoutResult(
        status -> {
          books.put(1, "v2");
          assertThat(cached()).isEqualTo("v1");
        });

    assertThat(cached()).isEqualTo("v2");
  }

  @Test
  void readsOfWhatTheTransactionEvicted_goToTheMethodAndAreNotKept() {
    books.find(1);
    transaction.executeWithoutResult(
        status -> {
          books.rows().put(1L, "v2");
          books.evict(1);
          assertThat(books.find(1)).isEqualTo("v2");
          assertThat(books.find(1)).isEqualTo("v2");
          assertThat(books.findOnce(1)).isEqualTo("v2");
          assertThat(books.findLater(1).join()).isEqualTo("v2");
          assertThat(books.findOnceLater(1).join()).isEqualTo("v2");
          assertThat(cache.get(1L)).isNull();
          books.rows().put(1L, "v3");
        });

    assertThat(books.queries()).hasValue(6);
    assertThat(cached()).isNull();
    assertThat(books.find(1)).isEqualTo("v3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "tag"})
  void readsAfterAllOrATagWereEvicted_areNotKept(String what) {
    books.find(1);
    transaction.executeWithoutResult(
        status -> {
          if (what.equals("all")) {
            books.evictAll();
          } else {
            cache.invalidateTag("tag");
          }
          books.rows().put(1L, "v2");
          assertThat(books.find(1)).isEqualTo("v2");
          assertThat(cached()).as("what others get").isEqualTo("v1");
        });

    assertThat(cached()).isNull();
  }

  /** The transaction may have written the row, and be rolled back. */
  @Test
  void whatATransactionLoads_isKeptWhenItHasCommitted() {
    transaction.executeWithoutResult(
        status -> {
          assertThat(books.find(1)).isEqualTo("v1");
          assertThat(books.find(1)).as("its own, again").isEqualTo("v1");
          assertThat(books.findOnce(1)).isEqualTo("v1");
          assertThat(books.queries()).hasValue(1);
          assertThat(cached()).isNull();
          status.setRollbackOnly();
        });
    assertThat(cached()).isNull();

    transaction.executeWithoutResult(status -> books.findOnce(1));
    assertThat(cached()).isEqualTo("v1");
  }

  @Test
  void whatATransactionLoaded_isNotKeptIfOthersEvictedItMeanwhile() {
    transaction.executeWithoutResult(
        status -> {
          assertThat(books.find(1)).isEqualTo("v1");
          another.executeWithoutResult(
              inner -> {
                books.rows().put(1L, "v2");
                books.evict(1);
              });
        });

    assertThat(cached()).isNull();
  }

  @Test
  void requiresNew_hasChangesOfItsOwn() {
    books.find(1);
    transaction.executeWithoutResult(
        status -> {
          books.evict(1);
          another.executeWithoutResult(
              inner -> {
                assertThat(books.find(1)).as("not its own change").isEqualTo("v1");
                cache.put(2L, "inner");
              });
          assertThat(cache.nativeCache().getIfPresent(2L)).isEqualTo("inner");
          assertThat(cache.get(1L)).as("still dirty").isNull();
          assertThat(cached()).isEqualTo("v1");
          status.setRollbackOnly();
        });

    assertThat(cached()).isEqualTo("v1");
    assertThat(cache.nativeCache().getIfPresent(2L)).isEqualTo("inner");
  }

  @Test
  void nested_rolledBack_putsNothing() {
    books.find(1);
    TransactionTemplate nested = new TransactionTemplate(manager);
    nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
    transaction.executeWithoutResult(
        status ->
            nested.executeWithoutResult(
                inner -> {
                  books.put(1, "never");
                  inner.setRollbackOnly();
                }));

    assertThat(cached()).isNull();
  }

  @Test
  void evict_beforeInvocation_isMadeAtOnceAndAgain() {
    books.find(1);
    transaction.executeWithoutResult(
        status -> {
          assertThatThrownBy(() -> books.evictAndFail(1))
              .hasMessageContaining("after the eviction");
          assertThat(cached()).isNull();
          cache.nativeCache().put(1L, "old"); // by another thread that read it before the commit
        });

    assertThat(cached()).isNull();
  }

  @Test
  void callbackThatThrows_doesNotKeepChangesFromBeingMade() {
    books.find(1);
    assertThatThrownBy(
            () ->
                transaction.executeWithoutResult(
                    status -> {
                      TransactionSynchronizationManager.registerSynchronization(
                          new TransactionSynchronization() {
                            @Override
                            public int getOrder() {
                              return HIGHEST_PRECEDENCE;
                            }

                            @Override
                            public void afterCommit() {
                              throw new IllegalStateException("of somebody else");
                            }
                          });
                      books.evict(1);
                    }))
        .hasMessage("of somebody else");

    assertThat(cached()).isNull();
  }

  @Test
  void callbackAfterTheCommit_findsTheChangesMade() {
    books.find(1);
    AtomicReference<Object> found = new AtomicReference<>("nothing");
    transaction.executeWithoutResult(
        status -> {
          TransactionSynchronizationManager.registerSynchronization(
              new TransactionSynchronization() {
                @Override
                public int getOrder() {
                  return 0;
                }

                @Override
                public void afterCommit() {
                  found.set(cached());
                }
              });
          books.evict(1);
        });

    assertThat(found).hasNullValue();
  }

  /** Whether it has committed is not known, so what was put may not be what there is. */
  @Test
  void commitOfUnknownOutcome_evictsWhatWasPut() {
    books.find(1);
    TransactionTemplate cutOff =
        new TransactionTemplate(
            new JdbcTransactionManager(database) {
              private static final long serialVersionUID = 1;

              @Override
              protected void doCommit(DefaultTransactionStatus status) {
                super.doCommit(status);
                throw new TransactionSystemException("no answer to the commit");
              }
            });

    assertThatThrownBy(() -> cutOff.executeWithoutResult(status -> books.put(1, "v2")))
        .hasMessage("no answer to the commit");
    assertThat(cached()).isNull();
    books.find(1);
    assertThat(cached()).as("and it is cached again").isEqualTo("v2");
  }

  @Test
  void changeThatFails_isCountedAndNotThrown_andTheOthersAreMade() {
    TieredSpringCache untagged = cache("untagged");
    untagged.put("a", "v1");
    transaction.executeWithoutResult(
        status -> {
          untagged.invalidateTag("none");
          untagged.evict("a");
          books.evict(1);
        });

    assertThat(untagged.get("a")).isNull();
    assertThat(
            context
                .getBean(MeterRegistry.class)
                .get("toolkit.cache.commit.failures")
                .tag("cache", "untagged")
                .functionCounter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void changeInACallback_isMadeAtOnce() {
    books.find(1);
    transaction.executeWithoutResult(
        status -> {
          cache.put(3L, "x");
          TransactionSynchronizationManager.registerSynchronization(
              new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                  assertThat(cached()).isEqualTo("v1");
                  books.evict(1);
                  assertThat(cached()).isNull();
                }
              });
        });

    assertThat(cached()).isNull();
  }

  @Test
  void readOnly_sharesItsLoads() {
    transaction.setReadOnly(true);
    transaction.executeWithoutResult(
        status -> {
          books.findOnce(1);
          assertThat(cached()).isEqualTo("v1");
        });
  }

  /** What such a transaction reads may be from before an eviction that it cannot know of. */
  @Test
  void snapshot_keepsNothing() {
    transaction.setIsolationLevel(TransactionDefinition.ISOLATION_SERIALIZABLE);
    transaction.executeWithoutResult(
        status -> {
          books.find(1);
          books.findOnce(1);
        });

    assertThat(books.queries()).hasValue(2);
    assertThat(cached()).isNull();
  }

  @Test
  void fillInTransactions_switchedOff_keepsNothing() {
    context.close();
    open(Map.of("toolkit.cache.fill-in-transactions", "false"));
    transaction.executeWithoutResult(status -> books.find(1));
    assertThat(cached()).isNull();

    books.find(1);
    assertThat(cached()).isEqualTo("v1");
  }

  @Test
  void putIfAbsent_waitsForTheCommit() {
    transaction.executeWithoutResult(
        status -> {
          assertThat(cache.putIfAbsent(1L, "a")).isNull();
          assertThat(cached()).isNull();
        });
    assertThat(cached()).isEqualTo("a");
    assertThat(Objects.requireNonNull(cache.putIfAbsent(1L, "b")).get()).isEqualTo("a");
    assertThat(cache.putIfAbsent(2L, "b")).isNull();
  }
}

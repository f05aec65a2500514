// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.interceptor.SimpleKey;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Two applications with one database and one Redis. */
class CachesInRedisIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir Path folder;
  private Application one;
  private Application other;

  record Profile(long id, String name) {}

  @Configuration(proxyBeanMethods = false)
  @EnableCaching
  @EnableTransactionManagement
  static class Beans {
    @Bean
    DataSource database(@Value("${db}") String file) {
      SQLiteDataSource database = new SQLiteDataSource();
      database.setUrl("jdbc:sqlite:" + file);
      database.setJournalMode(SQLiteConfig.JournalMode.WAL.name());
      return database;
    }

    @Bean
    JdbcTransactionManager transactionManager(DataSource database) {
      return new JdbcTransactionManager(database);
    }

    @Bean
    Profiles profiles(DataSource database) {
      return new Profiles(new JdbcTemplate(database));
    }
  }

  /** What the guide shows. */
  static class Profiles {
    private final JdbcTemplate jdbc;
    private final AtomicInteger queries = new AtomicInteger();
    private final AtomicReference<Runnable> afterQuery = new AtomicReference<>(() -> {});

    Profiles(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
    }

    int queries() {
      return queries.get();
    }

    void onceAfterAQuery(Runnable action) {
      afterQuery.set(action);
    }

    // snippet:spring
    @Cacheable(cacheNames = "profiles", sync = true)
    public Profile find(long id) {
      return query(id);
    }

    @Transactional
    @CacheEvict(cacheNames = "profiles", key = "#p0")
    public void rename(long id, String name) {
      jdbc.update("update profile set name = ? where id = ?", name, id);
    }

    // end

    @Cacheable(cacheNames = "profiles")
    public Profile findWithoutSync(long id) {
      return query(id);
    }

    private Profile query(long id) {
      queries.incrementAndGet();
      Profile found =
          jdbc.queryForObject(
              "select name from profile where id = ?",
              (row, number) -> new Profile(id, row.getString(1)),
              id);
      afterQuery.getAndSet(() -> {}).run();
      return Objects.requireNonNull(found);
    }
  }

  /** One of them. */
  private static final class Application implements AutoCloseable {
    final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    final Profiles profiles;
    final TieredCacheManager caches;

    Application(Path database, Map<String, Object> more) {
      Map<String, Object> properties = new LinkedHashMap<>();
      properties.put("db", database.toString());
      properties.put("toolkit.cache.redis.uri", REDIS.server().uri());
      properties.put("toolkit.cache.redis.timeout", "5s"); // a busy machine is no outage
      properties.put("toolkit.cache.redis.lease", "20s");
      properties.put("toolkit.cache.caches.profiles.tier", "both");
      properties.put("toolkit.cache.caches.profiles.value-type", Profile.class.getName());
      properties.put("toolkit.cache.caches.profiles.time-to-live", "10m");
      properties.putAll(more);
      context
          .getEnvironment()
          .getPropertySources()
          .addFirst(new MapPropertySource("test", properties));
      context.register(Beans.class, TieredCacheAutoConfiguration.class);
      context.refresh();
      profiles = context.getBean(Profiles.class);
      caches = context.getBean(TieredCacheManager.class);
      await().atMost(PATIENCE).until(() -> caches.status().get(0).connected());
    }

    TransactionTemplate transaction() {
      return new TransactionTemplate(context.getBean(JdbcTransactionManager.class));
    }

    TieredSpringCache cache() {
      return Objects.requireNonNull(caches.getCache("profiles"));
    }

    @Override
    public void close() {
      context.close();
    }
  }

  @BeforeEach
  void start() {
    one = new Application(folder.resolve("db"), Map.of());
    other = new Application(folder.resolve("db"), Map.of());
    JdbcTemplate jdbc = new JdbcTemplate(one.context.getBean(DataSource.class));
    jdbc.execute("create table profile (id integer primary key, name text)");
    jdbc.update("insert into profile values (7, 'Ada')");
  }

  @AfterEach
  void stop() {
    one.close();
    other.close();
  }

  @Test
  void value_loadedByOne_isNotLoadedByTheOther() {
    assertThat(one.profiles.find(7)).isEqualTo(new Profile(7, "Ada"));
    assertThat(other.profiles.find(7)).isEqualTo(new Profile(7, "Ada"));
    assertThat(other.profiles.findWithoutSync(7)).isEqualTo(new Profile(7, "Ada"));

    assertThat(other.profiles.queries()).isZero();
    assertThat(REDIS.server().command("EXISTS", "cache:profiles:{l:7}").text()).isEqualTo("1");
    assertThat(other.caches.status().get(0).sharedHits()).isEqualTo(1);
  }

  @Test
  void evict_afterTheCommitOfOne_isSeenByTheOther() {
    other.profiles.find(7);
    one.profiles.rename(7, "Ada Lovelace");

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(other.profiles.find(7).name()).isEqualTo("Ada Lovelace"));
    assertThat(one.profiles.find(7).name()).isEqualTo("Ada Lovelace");
  }

  /** Before the commit the other still reads, and keeps, the old row. */
  @Test
  void evict_beforeTheCommit_isNotFollowedByTheOldRow() {
    one.transaction()
        .executeWithoutResult(
            status -> {
              one.profiles.rename(7, "Ada Lovelace");
              assertThat(other.profiles.find(7).name()).isEqualTo("Ada");
              assertThat(one.profiles.find(7).name()).as("its own").isEqualTo("Ada Lovelace");
              assertThat(one.profiles.findWithoutSync(7).name()).isEqualTo("Ada Lovelace");
            });

    assertThat(one.profiles.find(7).name()).isEqualTo("Ada Lovelace");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(other.profiles.find(7).name()).isEqualTo("Ada Lovelace"));
  }

  @Test
  void load_thatReadTheOldRow_isNotKeptAfterTheCommit() {
    other.profiles.onceAfterAQuery(() -> one.profiles.rename(7, "Ada Lovelace"));
    assertThat(other.profiles.findWithoutSync(7).name()).isEqualTo("Ada");
    assertThat(other.profiles.findWithoutSync(7).name()).isEqualTo("Ada Lovelace");

    other.profiles.onceAfterAQuery(() -> one.profiles.rename(7, "Countess"));
    other.cache().evict(7L);
    assertThat(other.profiles.find(7).name()).isEqualTo("Ada Lovelace");
    assertThat(other.profiles.find(7).name()).isEqualTo("Countess");
    assertThat(one.profiles.find(7).name()).isEqualTo("Countess");
  }

  @Test
  void rollback_ofOne_leavesTheEntryForAll() {
    other.profiles.find(7);
    one.transaction()
        .executeWithoutResult(
            status -> {
              one.profiles.rename(7, "never");
              assertThat(one.profiles.find(7).name()).isEqualTo("never");
              status.setRollbackOnly();
            });

    assertThat(one.profiles.find(7).name()).isEqualTo("Ada");
    assertThat(other.profiles.find(7).name()).isEqualTo("Ada");
    assertThat(other.profiles.queries()).isEqualTo(1);
  }

  @Test
  void withoutRedis_applicationsGoOn() {
    one.profiles.find(7);
    REDIS.server().kill();
    try {
      assertThat(one.profiles.find(7).name()).isEqualTo("Ada");
      one.profiles.rename(7, "Ada Lovelace");
      assertThat(one.profiles.find(7).name()).isEqualTo("Ada Lovelace");
      one.cache().put(7L, new Profile(7, "put"));
      one.cache().clear();
      assertThat(one.profiles.findWithoutSync(7).name()).isEqualTo("Ada Lovelace");
      assertThat(one.caches.status().get(0).connected()).isFalse();
    } finally {
      REDIS.server().restart();
    }
  }

  @Test
  void cacheOnlyInRedis_keepsNothingInMemory() {
    try (Application third =
        new Application(
            folder.resolve("db"), Map.of("toolkit.cache.caches.profiles.tier", "redis"))) {
      one.profiles.find(7);
      assertThat(third.profiles.find(7).name()).isEqualTo("Ada");
      assertThat(third.profiles.findWithoutSync(7).name()).isEqualTo("Ada");

      assertThat(third.caches.status().get(0).entries()).isZero();
      assertThat(third.caches.status().get(0).sharedHits()).isEqualTo(2);
      assertThat(third.profiles.queries()).isZero();
    }
  }

  @Test
  void newSchema_loadsAnew_andCompressesLongValues() {
    one.profiles.rename(7, "Ada".repeat(1_000));
    String name = one.profiles.find(7).name();
    String prefix = "toolkit.cache.caches.profiles.";
    try (Application next =
        new Application(
            folder.resolve("db"),
            Map.of(prefix + "schema", "2", prefix + "compress-from", "1KB"))) {
      assertThat(next.profiles.find(7).name()).isEqualTo(name);
      assertThat(next.profiles.queries()).isEqualTo(1);
      assertThat(next.caches.status().get(0).settings())
          .containsEntry("schema", "2")
          .containsKey("compress-from");
      String length = REDIS.server().command("STRLEN", "cache:profiles:{l:7}").text();
      assertThat(Integer.parseInt(length)).isLessThan(500);
    }
  }

  @Test
  void cacheInRedis_withAHugeThreshold_isRefused() {
    Map<String, Object> huge = Map.of("toolkit.cache.caches.profiles.compress-from", "2GB");

    assertThatThrownBy(() -> new Application(folder.resolve("db"), huge))
        .rootCause()
        .hasMessageContaining(
            "toolkit.cache.caches.profiles.compress-from: must be 0 to 2147483647 bytes");
  }

  @Test
  void valueOfAnotherType_isTheCallersAndNotShared() {
    TieredSpringCache cache = one.cache();

    assertThat(cache.get(1L, () -> "text")).isEqualTo("text");
    cache.put(7L, new Profile(7, "there"));
    cache.put(7L, "text");
    assertThat(cache.get(7L)).as("not what is not true any more").isNull();
    assertThat(other.cache().get(1L)).as("in the other application").isNull();
  }

  @Test
  void keyThatCouldBeTakenForAnother_isRefused() {
    assertThatThrownBy(() -> one.cache().get(new SimpleKey(1, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key = \"{#a, #b}\"");
  }

  @Test
  void undecodableEntry_isLoadedAnew() {
    one.profiles.find(7);
    REDIS.server().command("SETRANGE", "cache:profiles:{l:7}", "40", "!!!");

    assertThat(other.profiles.findWithoutSync(7).name()).isEqualTo("Ada");
    assertThat(other.caches.status().get(0).undecodable()).isEqualTo(1);
    assertThat(other.profiles.queries()).isEqualTo(1);
  }
}

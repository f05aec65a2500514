// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.sharding;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sharding.ShardScope;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.move.Mover;
import io.scalingtoolkit.sharding.move.ShardedTable;
import io.scalingtoolkit.sharding.move.SlotGuard;
import io.scalingtoolkit.spring.actuator.ShardsEndpointAutoConfiguration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.health.DataSourceHealthContributorAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.sqlite.SQLiteDataSource;

@SuppressWarnings("try") // scopes are opened for what happens inside them
class ShardingAutoConfigurationTest {
  @TempDir Path folder;

  private ApplicationContextRunner runner() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                ShardingAutoConfiguration.class,
                ShardingHealthAutoConfiguration.class,
                ShardsEndpointAutoConfiguration.class,
                DataSourceAutoConfiguration.class,
                DataSourceTransactionManagerAutoConfiguration.class,
                DataSourceHealthContributorAutoConfiguration.class))
        .withPropertyValues(
            "management.endpoints.web.exposure.include=*",
            "toolkit.sharding.control=s1",
            "toolkit.sharding.create-map=true",
            "toolkit.sharding.shards.s1.url=" + url("s1"),
            "toolkit.sharding.shards.s2.url=" + url("s2"));
  }

  private String url(String shard) {
    return "jdbc:sqlite:" + folder.resolve(shard);
  }

  private JdbcTemplate database(String shard) {
    SQLiteDataSource database = new SQLiteDataSource();
    database.setUrl(url(shard));
    return new JdbcTemplate(database);
  }

  private static String causes(Throwable failure) {
    List<String> messages = new ArrayList<>();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      messages.add(String.valueOf(each.getMessage()));
    }
    return String.join("\n", messages);
  }

  @Test
  void transactions_inTheScopeOfAKey_areInItsShard() {
    for (String shard : List.of("s1", "s2")) {
      database(shard).execute("create table note (account integer, text text)");
    }
    runner()
        .run(
            context -> {
              ShardedDataSource shards = context.getBean(ShardedDataSource.class);
              TransactionTemplate transaction =
                  new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
              JdbcTemplate jdbc = new JdbcTemplate(shards);
              for (long account = 0; account < 40; account++) {
                long id = account;
                try (ShardScope scope = ShardScope.open(ShardKey.of(id))) {
                  transaction.executeWithoutResult(
                      status -> jdbc.update("insert into note values (?, 'x')", id));
                }
              }
            });

    int first = database("s1").queryForObject("select count(*) from note", Integer.class);
    int second = database("s2").queryForObject("select count(*) from note", Integer.class);
    assertThat(first).isBetween(1, 39);
    assertThat(first + second).isEqualTo(40);
  }

  @Test
  void start_again_withoutCreateMap_goesByTheMapThatIsThere() {
    runner().run(context -> assertThat(context).hasNotFailed());

    runner()
        .withPropertyValues(
            "toolkit.sharding.create-map=false",
            "toolkit.sharding.shards.s3.url=" + url("s3"),
            "toolkit.sharding.refresh-interval=50ms",
            "toolkit.sharding.freshness=strict")
        .run(
            context -> {
              ShardedDataSource shards = context.getBean(ShardedDataSource.class);
              assertThat(shards.map().hasShard("s2")).isTrue();
              assertThat(shards.map().hasShard("s3")).as("named by no map yet").isFalse();
            });
  }

  @Test
  void endpointAndHealth_tellOfEachShard() {
    runner()
        .run(
            context -> {
              assertThat(context).hasBean("shardsEndpoint").doesNotHaveBean(Mover.class);
              CompositeHealthContributor health =
                  context.getBean("dbHealthContributor", CompositeHealthContributor.class);
              assertThat(health.stream().map(CompositeHealthContributor.Entry::name))
                  .containsExactlyInAnyOrder("s1", "s2");
              assertThat(health.stream())
                  .allSatisfy(
                      entry ->
                          assertThat(((HealthIndicator) entry.contributor()).health().getStatus())
                              .isEqualTo(Status.UP));
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class Guarded {
    @Bean
    SlotGuard guard() {
      return SlotGuard.of(ShardedTable.of("note", "account", ShardedTable.KeyType.INTEGER));
    }
  }

  @Test
  void guard_asABean_bringsAMover() {
    runner()
        .withUserConfiguration(Guarded.class)
        .run(
            context -> {
              assertThat(context.getBean(Mover.class).moves()).isEmpty();
              assertThat(context).hasSingleBean(ShardedDataSource.class);
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class Own {
    @Bean
    DataSource own() {
      return new SQLiteDataSource();
    }
  }

  @Test
  void dataSource_ofTheApplication_orDisabled_orNotAskedFor_isLeftAlone() {
    runner()
        .withUserConfiguration(Own.class)
        .run(context -> assertThat(context).doesNotHaveBean(ShardedDataSource.class));
    ApplicationContextRunner alone =
        new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ShardingAutoConfiguration.class));
    alone
        .withPropertyValues("toolkit.sharding.enabled=false", "toolkit.sharding.control=s1")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ShardMapStore.class));
    alone.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ShardMapStore.class));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "control=s9 | toolkit.sharding.control: must name the shard that holds the map, one of [s1,"
            + " s2] (value: s9)",
        "create-map=false | toolkit.sharding.create-map: must be true at the first start, because"
            + " s1 has no map",
        "shards.s1.url=postgres://secret | toolkit.sharding.shards.s1.url: must be a JDBC URL,"
            + " which starts with \"jdbc:\" (value: not shown)",
        "shards.s1.url=jdbc:nothing:secret | toolkit.sharding.shards.s1.url: must be one that a JDBC"
            + " driver on the class path takes (value: not shown)",
        "shards.s1.replicas.r1.username=x | toolkit.sharding.shards.s1.replicas.r1.url: must be a"
            + " JDBC URL",
        "shards.s1.replica.r1.url=x | toolkit.sharding.shards.s1.replica",
        "pool.maximum-pool-size=0 | toolkit.sharding.pool.maximum-pool-size",
        "pool.connection-timeout=1ms | toolkit.sharding.pool.connection-timeout",
        "freshness=always | toolkit.sharding.freshness",
        "refresh-interval=1ms | toolkit.sharding: refreshInterval must be PT0.01S to PT1H, was"
            + " PT0.001S",
        "refresh-interval=5s | toolkit.sharding: refreshInterval must be shorter than readLease",
        "read-lease=1ms | toolkit.sharding: readLease must be PT0.1S to PT1H",
        "patience=2h | toolkit.sharding: patience must be PT0.001S to PT1H",
        "shard.s1.url=x | toolkit.sharding.shard"
      })
  void setting_thatBreaksARule_keepsTheApplicationFromStarting(String setting, String message) {
    runner()
        .withPropertyValues("toolkit.sharding." + setting)
        .run(
            context ->
                assertThat(causes(context.getStartupFailure()))
                    .contains(message)
                    .doesNotContain("secret"));
  }

  @Test
  void map_namesAShardWithoutAPool_keepsTheApplicationFromStarting() {
    runner()
        .withPropertyValues("toolkit.sharding.shards.s3.url=" + url("s3"))
        .run(context -> assertThat(context).hasNotFailed());

    runner()
        .run(
            context ->
                assertThat(causes(context.getStartupFailure()))
                    .contains("toolkit.sharding: ")
                    .contains("s3"));
  }

  @Test
  void properties_asText_showNoSecrets() {
    ShardingProperties.Shard shard =
        new ShardingProperties.Shard(
            "jdbc:secret",
            "user",
            "secret",
            Map.of("r1", new ShardingProperties.Replica("jdbc:secret", null, "secret")));

    assertThat(shard.toString()).doesNotContain("secret").contains("user", "r1");
    assertThat(shard.replicas().toString()).doesNotContain("secret");
  }
}

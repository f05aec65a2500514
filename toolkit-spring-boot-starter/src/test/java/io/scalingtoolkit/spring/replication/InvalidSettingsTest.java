// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;

/** What keeps an application from starting, and what it is told. No database is contacted. */
class InvalidSettingsTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(ReplicationAutoConfiguration.class))
          .withPropertyValues(
              "toolkit.replication.primary.url=jdbc:postgresql://localhost:1/x",
              "toolkit.replication.replicas.r1.url=jdbc:postgresql://localhost:1/x");

  private void assertRefused(String setting, String expected) {
    runner
        .withPropertyValues("toolkit.replication." + setting)
        .run(
            context -> {
              assertThat(context).hasFailed();
              FailureAnalysis analysis =
                  new InvalidSettingFailureAnalyzer().analyze(context.getStartupFailure());
              assertThat(analysis).as(() -> "" + context.getStartupFailure()).isNotNull();
              assertThat(analysis.getDescription()).isEqualTo("toolkit.replication." + expected);
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "primary.url= | primary.url: must be set to a JDBC URL (value: empty)",
        "primary.url=http://x | primary.url: must be a JDBC URL, which starts with \"jdbc:\"",
        "replicas.r2.username=u | replicas.r2.url: must be set to a JDBC URL (value: empty)",
        "primary.driver-class-name=No | primary.driver-class-name: must be a JDBC driver on the"
            + " class path (value: No)",
        "replicas.r1.weight=-1 | replicas.r1.weight: the weight of a replica must be 0 or from 0.000001 to 1000000,"
            + " was -1.0 (value: -1.0)",
        "replicas.primary.url=jdbc:x:y | replicas.primary: the name of a node must be unique, but"
            + " there is a node primary already (value: primary)",
        "name=a/b | name: a name must be 1 to 64 characters of letters, digits, dot, dash and"
            + " underscore, was \"a/b\" (value: a/b)",
        "probe-interval=2m | probe-interval: probeInterval must be 1 to 60000 ms, was PT2M (value:"
            + " PT2M)",
        "dead-after=1ms | dead-after: deadAfter must be 50 to 600000 ms, was PT0.001S (value:"
            + " PT0.001S)",
        "slow-start=2h | slow-start: slowStart must be 0 to 3600000 ms, was PT2H (value: PT2H)",
        "wait-for-replica=-1ms | wait-for-replica: waitForReplica must be 0 to 60000 ms, was"
            + " PT-0.001S (value: PT-0.001S)",
        "start-timeout=1ms | start-timeout: startTimeout must be 100 to 600000 ms, was PT0.001S"
            + " (value: PT0.001S)",
        "max-primary-reads=0 | max-primary-reads: maxPrimaryReads must be 1 or more, was 0 (value:"
            + " 0)",
        "consistency=bounded | max-staleness: must be set, because consistency is bounded (value:"
            + " null)",
        "max-staleness=1s | max-staleness: must not be set unless consistency is bounded (value:"
            + " PT1S)",
        "pool.maximum-pool-size=0 | pool.maximum-pool-size: maxPoolSize cannot be less than 1"
            + " (value: 0)",
        "pool.minimum-idle=-1 | pool.minimum-idle: minimumIdle cannot be negative (value: -1)",
        "pool.connection-timeout=1 | pool.connection-timeout: connectionTimeout cannot be less"
            + " than 250ms (value: 1)",
        "pool.jdbc-url=jdbc:x | pool.jdbc-url: must not be set, because all pools share it",
        "pool.pool-name=x | pool.pool-name: must not be set, because all pools share it",
        "pool.initialization-fail-timeout=5 | pool.initialization-fail-timeout: must not be set;"
            + " how long to wait for the servers is toolkit.replication.start-timeout",
      })
  void start_withASettingThatBreaksARule_namesPropertyRuleAndValue(
      String setting, String expected) {
    assertRefused(setting, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "consistency=sometimes | consistency | sometimes",
        "balancer=best | balancer | best",
        "probe-interval=soon | probe-interval | soon",
        "consistancy=strong | consistancy | left unbound",
        "replicas.r1.wait=3 | replicas.r1.wait | left unbound",
      })
  void start_withAValueThatCannotBeBound_namesProperty(
      String setting, String property, String value) {
    runner
        .withPropertyValues("toolkit.replication." + setting)
        .run(
            context -> {
              assertThat(context).hasFailed();
              Throwable failure = context.getStartupFailure();
              assertThat(failure).hasStackTraceContaining(property);
              while (!(failure instanceof BindException)) {
                failure = failure.getCause();
              }
              assertThat(failure).hasStackTraceContaining(value);
            });
  }

  @Test
  void start_withoutAServer_namesTheNodes() {
    runner.run(
        context -> {
          assertThat(context).hasFailed();
          assertThat(
                  new ReplicationFailureAnalyzer()
                      .analyze(context.getStartupFailure())
                      .getDescription())
              .startsWith("db: no node answers: {primary=")
              .contains("r1=");
        });
  }

  @Test
  void analyzers_ofOurs_areFoundByBootAheadOfItsOwn() {
    List<FailureAnalyzer> found =
        SpringFactoriesLoader.forDefaultResourceLocation()
            .load(
                FailureAnalyzer.class,
                ArgumentResolver.none(),
                (type, name, failure) -> {
                  // Some of Boot's want arguments.
                });

    assertThat(found.subList(0, 4))
        .hasAtLeastOneElementOfType(InvalidSettingFailureAnalyzer.class)
        .hasAtLeastOneElementOfType(ReplicationFailureAnalyzer.class);
  }

  @Test
  void start_withAUrlNoDriverTakes_doesNotShowThePassword() {
    runner
        .withPropertyValues(
            "toolkit.replication.primary.url=jdbc:nothing:x?password=hush",
            "toolkit.replication.primary.password=hush")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(context.getStartupFailure())
                  .hasStackTraceContaining("toolkit.replication.primary: no connection pool")
                  .extracting(
                      failure -> new InvalidSettingFailureAnalyzer().analyze(failure).toString())
                  .asString()
                  .doesNotContain("hush");
            });
  }

  @Test
  void properties_asText_holdNoSecret() {
    assertThat(
            new ReplicationProperties.Primary("jdbc:x?password=hush", "u", "hush", null)
                + ""
                + new ReplicationProperties.Replica("jdbc:x?password=hush", "u", "hush", 1, null)
                + new ReplicationProperties.SigningKey("k", "hush"))
        .doesNotContain("hush");
  }
}

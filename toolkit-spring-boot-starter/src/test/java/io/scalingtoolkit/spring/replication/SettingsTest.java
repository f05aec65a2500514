// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.scalingtoolkit.replication.RouteDecision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class SettingsTest {
  private static Settings bind(Map<String, ?> properties) {
    return new Settings(
        new Binder(new MapConfigurationPropertySource(properties))
            .bindOrCreate(Settings.PREFIX, ReplicationProperties.class));
  }

  @Test
  void pools_ofReplicas_takeCredentialsOfThePrimaryUnlessSet() {
    Map<String, HikariConfig> pools =
        bind(Map.of(
                "toolkit.replication.primary.url", "jdbc:p",
                "toolkit.replication.primary.username", "ann",
                "toolkit.replication.primary.password", "a",
                "toolkit.replication.replicas.r1.url", "jdbc:r1",
                "toolkit.replication.replicas.r2.url", "jdbc:r2",
                "toolkit.replication.replicas.r2.username", "bob",
                "toolkit.replication.replicas.r2.password", "b",
                "toolkit.replication.pool.maximum-pool-size", "7",
                "toolkit.replication.pool.connection-timeout", "1234",
                "toolkit.replication.pool.data-source-properties.x", "y"))
            .poolConfigs();

    assertThat(pools.keySet()).containsExactlyInAnyOrder("primary", "r1", "r2");
    assertThat(pools.get("r1").getUsername()).isEqualTo("ann");
    assertThat(pools.get("r1").getPassword()).isEqualTo("a");
    assertThat(pools.get("r2").getUsername()).isEqualTo("bob");
    assertThat(pools.get("r2").getPassword()).isEqualTo("b");
    assertThat(pools.get("r2").getJdbcUrl()).isEqualTo("jdbc:r2");
    assertThat(pools.values())
        .allSatisfy(
            pool -> {
              assertThat(pool.getMaximumPoolSize()).isEqualTo(7);
              assertThat(pool.getConnectionTimeout()).isEqualTo(1234);
              assertThat(pool.getDataSourceProperties()).containsEntry("x", "y");
            });
    assertThat(pools.values())
        .extracting(HikariConfig::getPoolName)
        .containsExactlyInAnyOrder("db-primary", "db-r1", "db-r2");
  }

  @Test
  void settings_withEverythingSet_areAccepted() {
    bind(Map.ofEntries(
            Map.entry("toolkit.replication.name", "orders"),
            Map.entry("toolkit.replication.primary.url", "jdbc:p"),
            Map.entry("toolkit.replication.replicas.r1.url", "jdbc:r1"),
            Map.entry("toolkit.replication.replicas.r1.weight", "2.5"),
            Map.entry("toolkit.replication.replicas.r1.zone", "a"),
            Map.entry("toolkit.replication.zone", "a"),
            Map.entry("toolkit.replication.consistency", "bounded"),
            Map.entry("toolkit.replication.max-staleness", "2s"),
            Map.entry("toolkit.replication.balancer", "least-in-flight"),
            Map.entry("toolkit.replication.probe-interval", "20ms"),
            Map.entry("toolkit.replication.dead-after", "1s"),
            Map.entry("toolkit.replication.slow-start", "0s"),
            Map.entry("toolkit.replication.wait-for-replica", "5ms"),
            Map.entry("toolkit.replication.start-timeout", "3s"),
            Map.entry("toolkit.replication.route-by-sql", "false"),
            Map.entry("toolkit.replication.capture-on-commit", "true"),
            Map.entry("toolkit.replication.max-primary-reads", "4"),
            Map.entry("toolkit.replication.allow-functions[0]", "f"),
            Map.entry("toolkit.replication.deny-functions", "g,h")))
        .check();
  }

  @Test
  void secrets_inTheActuator_areHiddenWhereverTheyStand() {
    assertThat(shown("toolkit.replication.primary.password", "hush")).isEqualTo("******");
    assertThat(shown("TOOLKIT_REPLICATION_REPLICAS_R1_PASSWORD", "hush")).isEqualTo("******");
    assertThat(shown("toolkit.replication.bookmark.signing-keys[0].secret", "hush"))
        .isEqualTo("******");
    assertThat(shown("toolkit.replication.primary.url", "jdbc:x://h/d?user=u&password=hush&a=b"))
        .isEqualTo("jdbc:x://h/d?user=u&password=******&a=b");
    assertThat(shown("toolkit.replication.primary.url", "jdbc:mysql://u:hush@h:1/d"))
        .isEqualTo("jdbc:mysql://u:******@h:1/d");
    assertThat(shown("toolkit.replication.name", "db")).isEqualTo("db");
    assertThat(shown("other.password", "not ours")).isEqualTo("not ours");
  }

  private static Object shown(String key, String value) {
    return new SecretSettings().apply(new SanitizableData(null, key, value)).getValue();
  }

  @Test
  void decision_insideAnObservation_isAnEventOfIt() {
    List<String> events = new ArrayList<>();
    ObservationRegistry registry = ObservationRegistry.create();
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<Observation.Context>() {
              @Override
              public void onEvent(Observation.Event event, Observation.Context context) {
                events.add(event.getName() + " | " + event.getContextualName());
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
    ObservedRoutes routes = new ObservedRoutes(registry);
    RouteDecision decision = new RouteDecision("db", "r1", "replica", "read");

    routes.routed(decision);
    Observation.createNotStarted("request", registry).observe(() -> routes.routed(decision));

    assertThat(events).containsExactly("toolkit.replication.route | db to replica r1: read");
  }
}

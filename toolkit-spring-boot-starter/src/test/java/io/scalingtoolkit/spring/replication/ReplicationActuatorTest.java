// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.ReplicationStatus;
import io.scalingtoolkit.replication.ReplicationStatus.NodeStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Health and endpoint: when they are there and what they say of given states. */
class ReplicationActuatorTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withInitializer(
              context ->
                  context.addBeanFactoryPostProcessor(
                      new LazyInitializationBeanFactoryPostProcessor()))
          .withConfiguration(
              AutoConfigurations.of(
                  ReplicationAutoConfiguration.class,
                  ReplicationHealthAutoConfiguration.class,
                  ReplicationEndpointAutoConfiguration.class))
          .withPropertyValues(
              "toolkit.replication.primary.url=jdbc:postgresql://localhost/x",
              "management.endpoints.web.exposure.include=*");

  private final List<String> changes = new ArrayList<>();
  private ReplicationStatus status =
      status("primary", node("primary", "in use"), node("r1", "in use"), node("r2", "silent"));
  private final ReplicationEndpoint endpoint =
      new ReplicationEndpoint(
          new ReplicationEndpoint.Controls(
              () -> status,
              (replica, drain) -> changes.add(replica + " drain " + drain),
              (replica, weight) -> changes.add(replica + " weight " + weight)));

  private static NodeStatus node(String name, String state) {
    boolean silent = state.equals("silent");
    return new NodeStatus(
        name,
        silent ? "unknown" : name.equals("primary") ? "primary" : "replica",
        state,
        silent ? null : 0.001,
        silent ? null : "0/1",
        1,
        2.0,
        1,
        null,
        false,
        "connection refused");
  }

  private static ReplicationStatus status(String primary, NodeStatus... nodes) {
    return new ReplicationStatus(
        "db",
        primary,
        primary == null ? "no node takes writes" : "",
        List.of(nodes),
        Map.of(),
        0,
        0,
        0,
        0);
  }

  @Test
  void actuator_withADataSource_hasHealthAndEndpoint() {
    runner.run(
        context ->
            assertThat(context)
                .hasSingleBean(ReplicationHealth.class)
                .hasSingleBean(ReplicationEndpoint.class)
                .hasSingleBean(ReplicationEndpointWebExtension.class)
                .hasSingleBean(SanitizingFunction.class));
  }

  @Test
  void actuator_withoutADataSource_hasNeither() {
    runner
        .withPropertyValues("toolkit.replication.enabled=false")
        .run(
            context ->
                assertThat(context)
                    .doesNotHaveBean(ReplicationHealth.class)
                    .doesNotHaveBean(ReplicationEndpoint.class));
  }

  @Test
  void actuator_withADataSourceOfTheUser_hasHealthAndEndpoint() {
    runner
        .withUserConfiguration(ReplicationAutoConfigurationTest.OwnReplication.class)
        .withPropertyValues("toolkit.replication.enabled=false")
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(ReplicationHealth.class)
                    .hasSingleBean(ReplicationEndpoint.class));
  }

  @Test
  void actuator_absent_leavesTheDataSource() {
    runner
        .withClassLoader(
            new FilteredClassLoader(
                Endpoint.class, SanitizingFunction.class, HealthContributor.class))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(ReplicationDataSource.class);
              assertThat(context.containsBean("replicationHealthContributor")).isFalse();
              assertThat(context.containsBean("replicationEndpoint")).isFalse();
            });
  }

  @Test
  void endpoint_absent_leavesHealth() {
    runner
        .withClassLoader(new FilteredClassLoader(Endpoint.class))
        .run(
            context -> {
              assertThat(context).hasSingleBean(ReplicationHealth.class);
              assertThat(context.containsBean("replicationEndpoint")).isFalse();
            });
  }

  @Test
  void endpoint_notExposed_isNotThere() {
    runner
        .withPropertyValues("management.endpoints.web.exposure.include=health")
        .run(context -> assertThat(context).doesNotHaveBean(ReplicationEndpoint.class));
  }

  @Test
  void health_disabled_isNotThere() {
    runner
        .withPropertyValues("management.health.replication.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(ReplicationHealth.class));
  }

  @Test
  void health_ofTheUser_winsOverOurs() {
    runner
        .withBean("replicationHealthContributor", OwnHealth.class)
        .run(context -> assertThat(context).doesNotHaveBean(ReplicationHealth.class));
  }

  static final class OwnHealth implements HealthIndicator {
    @Override
    public Health health() {
      return Health.up().build();
    }
  }

  private Health health(String... path) {
    HealthContributor found = new ReplicationHealth(() -> status);
    for (String name : path) {
      found = ((CompositeHealthContributor) found).getContributor(name);
    }
    return Objects.requireNonNull((HealthIndicator) found).health();
  }

  @Test
  void health_ofNodesInUse_isUpWithoutOldFailures() {
    assertThat(health("primary").getStatus()).isEqualTo(Status.UP);
    assertThat(health("replicas", "r1").getStatus()).isEqualTo(Status.UP);
    assertThat(health("replicas", "r1").getDetails())
        .containsEntry("lagSeconds", 0.001)
        .doesNotContainKey("lastFailure");
  }

  @Test
  void health_ofAReplicaThatIsOut_hasAStatusThatDoesNotCount() {
    Health silent = health("replicas", "r2");

    assertThat(silent.getStatus().getCode()).isEqualTo("SILENT");
    assertThat(Status.DEFAULT_ORDER).doesNotContain(silent.getStatus());
    assertThat(silent.getDetails()).containsEntry("lastFailure", "connection refused");
  }

  @Test
  void health_withoutAPrimary_isDownAndSaysWhy() {
    status = status(null, node("primary", "silent"), node("r1", "in use"));

    assertThat(health("primary").getStatus()).isEqualTo(Status.DOWN);
    assertThat(health("primary").getDetails()).containsEntry("obstacle", "no node takes writes");
    assertThat(health("replicas", "primary").getStatus().getCode()).isEqualTo("SILENT");
  }

  @Test
  void health_ofAPrimaryThatIsSilent_isDown() {
    status = status("primary", node("primary", "silent"), node("r1", "in use"));

    assertThat(health("primary").getStatus()).isEqualTo(Status.DOWN);
    assertThat(health("primary").getDetails()).containsEntry("lastFailure", "connection refused");
  }

  @Test
  void health_ofANodeThatIsGone_isNotFound() {
    CompositeHealthContributor replicas =
        (CompositeHealthContributor) new ReplicationHealth(() -> status).getContributor("replicas");

    assertThat(replicas.getContributor("r9")).isNull();
    assertThat(new ReplicationHealth(() -> status).getContributor("r1")).isNull();
  }

  @Test
  void change_ofAReplica_appliesWhatIsGiven() {
    assertThat(endpoint.change("r1", true, 0.5).name()).isEqualTo("r1");
    endpoint.change("r1", false, null);
    endpoint.change("r1", null, 3.0);

    assertThat(changes)
        .containsExactly("r1 drain true", "r1 weight 0.5", "r1 drain false", "r1 weight 3.0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "null",
      quoteCharacter = '`',
      value = {
        "r9 | true | null | db has no replica named \"r9\", but [r1, r2]",
        "primary | true | null | node \"primary\" is the primary of db",
        "r1 | null | null | drain (true or false), weight (0 to 1000000) or both must be given",
        "r1 | true | -1 | the weight of a replica must be 0 or from 0.000001 to 1000000, was -1.0",
      })
  void change_thatCannotBe_changesNothingAndSaysWhy(
      String replica, Boolean drain, Double weight, String message) {
    assertThatThrownBy(() -> endpoint.change(replica, drain, weight))
        .isInstanceOf(InvalidEndpointRequestException.class)
        .hasMessage(message);
    assertThat(changes).isEmpty();

    var answer = new ReplicationEndpointWebExtension(endpoint).change(replica, drain, weight);
    assertThat(answer.getStatus()).isEqualTo(400);
    assertThat(answer.getBody()).isEqualTo(Map.of("message", message));
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.spring.address.AddressAutoConfiguration;
import io.scalingtoolkit.spring.admission.AdmissionAutoConfiguration;
import io.scalingtoolkit.spring.limit.LimitAutoConfiguration;
import io.scalingtoolkit.spring.limit.LimitPolicies;
import io.scalingtoolkit.spring.limit.LimitStatus;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;

/** What {@code /actuator/limits} shows and changes. */
class LimitsEndpointTest {
  private final WebApplicationContextRunner runner =
      new WebApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  AddressAutoConfiguration.class,
                  LimitAutoConfiguration.class,
                  AdmissionAutoConfiguration.class,
                  LimitsEndpointAutoConfiguration.class))
          .withPropertyValues(
              "management.endpoints.web.exposure.include=limits",
              "toolkit.limits.policies.a.permits=10",
              "toolkit.limits.policies.a.period=1m",
              "toolkit.limits.policies.a.key=custom",
              "toolkit.limits.policies.many.key=ip",
              "toolkit.limits.policies.many.bandwidths[0].permits=1",
              "toolkit.limits.policies.many.bandwidths[0].period=1s",
              "toolkit.limits.policies.many.bandwidths[1].permits=9",
              "toolkit.limits.policies.many.bandwidths[1].period=1d");

  @Test
  void status_showsPoliciesAndLimiters() {
    runner
        .withPropertyValues("toolkit.admission.enabled=true")
        .run(
            context -> {
              LimitPolicies policies = context.getBean(LimitPolicies.class);
              for (int i = 0; i < 12; i++) {
                policies.tryAcquire("a", "k");
              }

              LimitsEndpoint.Status status = context.getBean(LimitsEndpoint.class).status();

              LimitStatus a = status.policies().get(0);
              assertThat(a.name() + ": " + a.limit() + ", " + a.backend() + ", " + a.key())
                  .isEqualTo("a: 10 per PT1M, local, [custom]");
              assertThat(a.granted()).isEqualTo(10);
              assertThat(a.denied()).isEqualTo(2);
              assertThat(status.policies().get(1).limit()).isEqualTo("1 per PT1S and 9 per PT24H");
              assertThat(status.admission())
                  .extracting(LimitsEndpoint.AdmissionStatus::name)
                  .containsExactly("http");
            });
  }

  @Test
  void change_ofALimit_keepsWhatIsOwed() {
    runner.run(
        context -> {
          LimitsEndpoint endpoint = context.getBean(LimitsEndpoint.class);
          LimitPolicies policies = context.getBean(LimitPolicies.class);
          for (int i = 0; i < 10; i++) {
            assertThat(policies.tryAcquire("a", "k").isAdmitted()).isTrue();
          }

          assertThat(endpoint.change("a", 5L, null, null, null).limit()).isEqualTo("5 per PT1M");
          assertThat(endpoint.change("a", null, "2h", 10L, null).limit())
              .isEqualTo("5 per PT2H, burst 10");
          assertThat(policies.tryAcquire("a", "k").isAdmitted()).isFalse();
          assertThat(endpoint.change("a", null, null, null, true).shadow()).isTrue();
          assertThat(policies.tryAcquire("a", "k").isAdmitted()).isTrue();
          assertThat(endpoint.change("many", null, null, null, true).limit())
              .isEqualTo("1 per PT1S and 9 per PT24H");
          assertThat(endpoint.reload().policies().get(0).limit()).isEqualTo("10 per PT1M");
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      quoteCharacter = '`',
      value = {
        "x | 1 | - | there is no policy named \"x\", but [a, many]",
        "a | - | - | permits, period, burst or shadow must be given",
        "a | 0 | - | permits must be 1 to 100000000000, were 0",
        "a | - | 0s | period must be 1 ns to 3650 days, was PT0S",
        "a | - | soon | 'soon' is not a valid duration",
        "many | 5 | - | policy \"many\" has several bandwidths; change the properties, reload"
      })
  void change_thatBreaksARule_changesNothing(
      String policy, Long permits, String period, String message) {
    runner.run(
        context -> {
          LimitsEndpoint endpoint = context.getBean(LimitsEndpoint.class);
          LimitsEndpoint.Status before = endpoint.status();

          assertThatThrownBy(() -> endpoint.change(policy, permits, period, null, null))
              .hasMessage(message);

          assertThat(endpoint.status()).isEqualTo(before);
          assertThat(
                  new LimitsEndpointWebExtension(endpoint)
                      .change(policy, permits, period, null, null)
                      .getStatus())
              .isEqualTo(400);
        });
  }

  @Test
  void reload_ofAChangedEnvironment_takesItOrRefusesItWhole() {
    Map<String, Object> changed = new HashMap<>();
    runner
        .withInitializer(
            context ->
                context
                    .getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("changed", changed)))
        .run(
            context -> {
              LimitsEndpoint endpoint = context.getBean(LimitsEndpoint.class);
              LimitsEndpoint.Status before = endpoint.status();
              changed.put("toolkit.limits.policies.a.permits", "20");
              changed.put("toolkit.limits.policies.z.permits", "-1");
              changed.put("toolkit.limits.policies.z.period", "1s");
              changed.put("toolkit.limits.policies.z.key", "ip");

              assertThatThrownBy(endpoint::reload)
                  .hasMessageContaining("toolkit.limits.policies.z.permits");
              assertThat(endpoint.status()).isEqualTo(before);

              changed.put("toolkit.limits.policies.z.permits", "many");
              assertThatThrownBy(endpoint::reload)
                  .hasMessageContaining("toolkit.limits.policies.z.permits");
              assertThat(endpoint.status()).isEqualTo(before);

              changed.put("toolkit.limits.policies.z.permits", "1");
              assertThat(endpoint.reload().policies())
                  .extracting(policy -> policy.name() + " " + policy.limit())
                  .contains("a 20 per PT1M", "z 1 per PT1S");
            });
  }

  @Test
  void reload_duringAChange_isNotUndoneByIt() {
    Map<String, Object> changed = new HashMap<>();
    runner
        .withInitializer(
            context ->
                context
                    .getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("changed", changed)))
        .run(
            context -> {
              LimitsEndpoint endpoint = context.getBean(LimitsEndpoint.class);
              LimitPolicies policies = context.getBean(LimitPolicies.class);
              Thread change = new Thread(() -> endpoint.change("many", null, null, null, true));

              synchronized (policies) { // as the reload has them while it replaces them
                change.start();
                await().until(() -> change.getState() == Thread.State.BLOCKED);
                changed.put("toolkit.limits.policies.a.permits", "7");
                endpoint.reload();
              }
              change.join();

              assertThat(endpoint.status().policies().get(0).limit()).isEqualTo("7 per PT1M");
              assertThat(endpoint.status().policies().get(1).shadow()).isTrue();
            });
  }

  @Test
  void endpoint_withoutLimits_saysSo() {
    runner
        .withPropertyValues("toolkit.limits.enabled=false")
        .run(
            context -> {
              LimitsEndpoint endpoint = context.getBean(LimitsEndpoint.class);

              assertThat(endpoint.status().policies()).isEmpty();
              assertThatThrownBy(endpoint::reload).hasMessage("toolkit.limits.enabled is false");
            });
  }
}

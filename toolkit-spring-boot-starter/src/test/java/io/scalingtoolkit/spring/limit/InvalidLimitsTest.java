// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.spring.InvalidPropertyException;
import io.scalingtoolkit.spring.address.AddressAutoConfiguration;
import io.scalingtoolkit.spring.admission.AdmissionAutoConfiguration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** What keeps an application from starting, and what it is told: never a limit that is none. */
class InvalidLimitsTest {
  private final WebApplicationContextRunner runner =
      new WebApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  AddressAutoConfiguration.class,
                  LimitAutoConfiguration.class,
                  AdmissionAutoConfiguration.class))
          .withPropertyValues("toolkit.admission.enabled=true");

  private static List<String> causes(Throwable failure) {
    List<String> messages = new ArrayList<>();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      messages.add(String.valueOf(each.getMessage()));
    }
    return messages;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "permits=0 | p.permits: permits must be 1 to 100000000000, were 0 (value: 0)",
        "permits=-5 | p.permits: permits must be 1 to 100000000000, were -5 (value: -5)",
        "permits=99999999999999 | p.permits: permits must be 1 to 100000000000, were 99999999999999"
            + " (value: 99999999999999)",
        "period=0s | p.period: period must be 1 ns to 3650 days, was PT0S (value: PT0S)",
        "period=-1s | p.period: period must be 1 ns to 3650 days, was PT-1S (value: PT-1S)",
        "period=100000d | p.period: period must be 1 ns to 3650 days, was PT2400000H (value:"
            + " PT2400000H)",
        "period=5ns | p.permits: permits must be at most 1e9 a second, were 10 per PT0.000000005S"
            + " (value: 10)",
        "burst=0 | p.burst: burst must be 1 to 100000000000, was 0 (value: 0)",
        "burst=90000000000 | p.burst: burst must come back within 3650 days, but 90000000000 at 10"
            + " per PT1M takes 6250000 (value: 90000000000)",
        "key= | p.key: must have at least one part, and custom stands alone (value: [])",
        "key=usr | p.key: must be of ip, user, route, header:NAME and custom (value: usr)",
        "key=header: | p.key: must be of ip, user, route, header:NAME and custom (value: header:)",
        "key=header:a b | p.key: must be of ip, user, route, header:NAME and custom (value:"
            + " header:a b)",
        "key=ip,ip | p.key: must not name a part twice (value: [ip, ip])",
        "key=custom,ip | p.key: must have at least one part, and custom stands alone (value:"
            + " [custom, ip])",
        "paths=api/x | p.paths: must start with a slash (value: api/x)",
        "methods=PSOT | p.methods: must be of DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE"
            + " (value: PSOT)",
        "bandwidths[0].permits=1 | p: must not have permits, period or burst beside bandwidths"
            + " (value: 10)"
      })
  void policy_thatBreaksARule_keepsTheApplicationFromStarting(String setting, String message) {
    runner
        .withPropertyValues(
            "toolkit.limits.policies.p.permits=10",
            "toolkit.limits.policies.p.period=1m",
            "toolkit.limits.policies.p.key=ip",
            "toolkit.limits.policies.p." + setting)
        .run(
            context ->
                assertThat(causes(context.getStartupFailure()))
                    .contains("toolkit.limits.policies." + message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "toolkit.limits.policies.p.permits= | toolkit.limits.policies.p.permits",
        "toolkit.limits.policies.p.permits=NaN | toolkit.limits.policies.p.permits",
        "toolkit.limits.policies.p.permits=1e3 | toolkit.limits.policies.p.permits",
        "toolkit.limits.policies.p.permits=10.5 | toolkit.limits.policies.p.permits",
        "toolkit.limits.policies.p.permits=99999999999999999999 | toolkit.limits.policies.p.permits",
        "toolkit.limits.policies.p.period=soon | toolkit.limits.policies.p.period",
        "toolkit.limits.policies.p.permit=10 | toolkit.limits.policies.p.permit",
        "toolkit.limits.policy.p.permits=10 | toolkit.limits.policy",
        "toolkit.limits.max-keys=0 | toolkit.limits.max-keys: must be 1 or more (value: 0)",
        "toolkit.limits.policies[1x].key=ip | must be named with 1 to 48 letters",
        "toolkit.limits.policies[a;b].key=ip | must be named with 1 to 48 letters",
        "toolkit.client-address.trusted-proxies=proxy | toolkit.client-address.trusted-proxies:"
            + " must be IP addresses",
        "toolkit.client-address.header=via | toolkit.client-address.header",
        "toolkit.admission.limiter.deadline=0 | toolkit.admission.limiter.deadline: deadline of",
        "toolkit.admission.limiter.max-limit=0 | toolkit.admission.limiter.max-limit: maxLimit of",
        "toolkit.admission.limiter.min-limit=20000 | toolkit.admission.limiter.min-limit: minLimit",
        "toolkit.admission.limiters.http.max-limit=5 | and not http (value: http)",
        "toolkit.admission.routes.r.priority=low | toolkit.admission.routes.r.paths: must be set",
        "toolkit.admission.exclude=health | toolkit.admission.exclude: must start with a slash",
        "toolkit.admission.routs.r.priority=low | toolkit.admission.routs"
      })
  void setting_thatBreaksARule_keepsTheApplicationFromStarting(String setting, String message) {
    String[] complete =
        setting.contains("policies[")
            ? new String[] {
              setting,
              setting.replace("key=ip", "permits=1"),
              setting.replace("key=ip", "period=1s")
            }
            : new String[] {setting};
    runner
        .withPropertyValues(complete)
        .run(
            context ->
                assertThat(String.join("\n", causes(context.getStartupFailure())))
                    .contains(message));
  }

  @Test
  void route_withAnUnknownLimiter_keepsTheApplicationFromStarting() {
    runner
        .withPropertyValues(
            "toolkit.admission.routes.r.paths=/x", "toolkit.admission.routes.r.limiter=slow")
        .run(
            context ->
                assertThat(causes(context.getStartupFailure()))
                    .contains(
                        "toolkit.admission.routes.r.limiter: must be one of [http] (value: slow)"));
  }

  @Test
  void limit_thatCannotBeCountedExactly_isRefusedByName() {
    runner
        .withPropertyValues(
            "toolkit.limits.policies.p.permits=99999999977",
            "toolkit.limits.policies.p.period=3649d",
            "toolkit.limits.policies.p.burst=99999999977",
            "toolkit.limits.policies.p.key=ip")
        .run(
            context -> {
              if (context.getStartupFailure() != null) {
                assertThat(causes(context.getStartupFailure()))
                    .anyMatch(message -> message.startsWith("toolkit.limits.policies.p: "));
              }
            });
  }

  @Test
  void failure_isAnalyzed() {
    List<FailureAnalyzer> analyzers =
        SpringFactoriesLoader.forDefaultResourceLocation(getClass().getClassLoader())
            .load(FailureAnalyzer.class, (type, name, failure) -> {});

    assertThat(analyzers)
        .extracting(
            analyzer ->
                analyzer.analyze(new InvalidPropertyException("a.b", "must be 1 or more", 0)))
        .anySatisfy(
            analysis ->
                assertThat(analysis.getDescription())
                    .isEqualTo("a.b: must be 1 or more (value: 0)"));
  }

  @Test
  void policy_thatIsOff_isCheckedAndNotInForce() {
    runner
        .withPropertyValues(
            "toolkit.limits.policies.p.permits=10",
            "toolkit.limits.policies.p.period=60",
            "toolkit.limits.policies.p.key=ip",
            "toolkit.limits.policies.q.enabled=false",
            "toolkit.limits.policies.q.permits=10",
            "toolkit.limits.policies.q.period=1m",
            "toolkit.limits.policies.q.key=ip")
        .run(
            context ->
                assertThat(context.getBean(LimitPolicies.class).policies())
                    .extracting(policy -> policy.name() + " " + policy.limit())
                    .containsExactly("p 10 per PT1M"));
    runner
        .withPropertyValues(
            "toolkit.limits.policies.q.enabled=false", "toolkit.limits.policies.q.permits=0")
        .run(context -> assertThat(context).hasFailed());
  }
}

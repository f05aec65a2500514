// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.redis.RedisServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The limits that everybody meets, made small so that few password hashes are needed. */
final class LimitsIT {
  private static RunningApp app;

  @BeforeAll
  static void start() {
    app =
        RunningApp.on(
            TestDatabase.ofThisRun(),
            List.of(
                "--toolkit.limits.policies.registration.burst=4",
                "--toolkit.limits.policies.registration.permits=4",
                "--toolkit.limits.policies.registration.period=1h",
                "--toolkit.limits.policies.login.burst=12",
                "--toolkit.limits.policies.login.permits=12",
                "--toolkit.limits.policies.login.period=1h",
                "--toolkit.limits.policies.login-account.burst=3",
                "--toolkit.limits.policies.login-account.permits=3",
                "--toolkit.limits.policies.login-account.period=1h"));
  }

  @AfterAll
  static void stop() {
    app.close();
  }

  private static String limitsOf(Api api) {
    Answer answer = api.get("/actuator/limits").header("Accept", "application/json").send();
    return answer.expect(200).text();
  }

  private static List<Integer> logins(String login, int count) {
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String body = Api.credentials(login, "wrong password " + i);
      statuses.add(app.api().post("/api/sessions", body).send().problem(401, 429).status());
    }
    return statuses;
  }

  @Test
  void limits_ofRegistrationAndLogin_areStricterAndTellNothingOfAccounts() {
    Api api = app.api();
    Api.Account account = api.newAccount();

    // One name, whether or not there is an account: the same answers.
    List<Integer> known = logins(account.email(), 4);
    List<Integer> unknown = logins(Api.newEmail(), 5);
    assertThat(known).containsExactly(401, 401, 429, 429); // one was taken by the log-in above
    assertThat(unknown).containsExactly(401, 401, 401, 429, 429);

    // One address, whatever it says of itself.
    List<Integer> forged = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      forged.add(
          api.post("/api/sessions", Api.credentials(Api.newEmail(), "wrong password"))
              .header("X-Forwarded-For", "203.0.113." + i)
              .header("Forwarded", "for=203.0.113." + i)
              .send()
              .problem(401, 429)
              .status());
    }
    assertThat(forged).containsExactly(401, 401, 429, 429);
    Answer refused =
        api.post("/api/v1/sessions", Api.credentials(account.email(), "x")).send().problem(429);
    refused.assertRetryAfter();
    assertThat(refused.header("RateLimit")).contains("\"login\";r=0;t=");

    List<Integer> registrations = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String body = Api.registration("not an address " + i, "x", "y");
      registrations.add(api.post("/api/users", body).send().problem(422, 429).status());
    }
    assertThat(registrations).containsExactly(422, 422, 422, 429, 429);

    // Others are not touched: who is logged in goes on, and the policy tells what is left.
    Answer read = api.get(account.path()).as(account).send().expect(200);
    assertThat(read.header("RateLimit-Policy")).contains("\"client\";q=", "\"user\";q=");
    String limits = limitsOf(api);
    assertThat(limits).contains("\"name\":\"login\"", "\"denied\":3", "\"name\":\"passwords\"");
    api.get("/actuator/limits").header("X-Forwarded-For", "1.1.1.1").send().problem(404);
  }

  @Test
  void limits_inRedis_holdForAllProcesses() {
    try (RedisServer redis = RedisServer.start();
        RunningApp one = shared(redis);
        RunningApp other = shared(redis)) {
      List<Integer> statuses = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Api api = (i % 2 == 0 ? one : other).api();
        String body = Api.credentials(Api.newEmail(), "wrong password");
        statuses.add(api.post("/api/sessions", body).send().problem(401, 429).status());
      }

      assertThat(statuses).containsExactly(401, 401, 401, 401, 429, 429);
      assertThat(limitsOf(one.api())).contains("\"backend\":\"redis\"");
    }
  }

  private static RunningApp shared(RedisServer redis) {
    return RunningApp.on(
        TestDatabase.ofThisRun(),
        List.of(
            "--toolkit.limits.backend=redis",
            "--toolkit.limits.redis.uri=" + redis.uri(),
            "--toolkit.limits.redis.timeout=2s",
            "--toolkit.limits.policies.login.burst=4",
            "--toolkit.limits.policies.login.permits=4",
            "--toolkit.limits.policies.login.period=1h"));
  }
}

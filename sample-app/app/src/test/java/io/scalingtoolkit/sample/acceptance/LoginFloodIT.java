// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two hundred wrong logins at once, on an instance of its own. */
final class LoginFloodIT {
  private static final int ATTACKERS = 200;

  private RunningApp app;
  private Api api;

  @BeforeEach
  void ensureRunning() {
    app = RunningApp.expendable();
    api = app.api();
  }

  @Test
  void flood_ofWrongPasswords_isHeldOffAndHarmsNobodyElse() throws Exception {
    Account victim = api.newAccount();
    Account reader = api.newAccount();
    Account bystander = api.newAccount();
    api.newItem(reader, "{\"n\":1}");
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService background = Executors.newSingleThreadExecutor();
    try {
      Future<List<Answer>> reads = background.submit(() -> readUntil(over, reader));

      List<Answer> answers =
          Together.run(
              ATTACKERS,
              i -> {
                String login = i % 2 == 0 ? victim.email() : Api.newEmail();
                String body = Api.credentials(login, "wrong password " + i);
                return () -> api.post("/api/sessions", body).send();
              });
      over.set(true);

      answers.forEach(answer -> answer.problem(401, 429, 503));
      assertThat(answers).as("some are held off").anyMatch(answer -> answer.status() != 401);
      List<Answer> answered = reads.get(30, TimeUnit.SECONDS);
      assertThat(answered).hasSizeGreaterThan(10);
      answered.forEach(answer -> answer.expect(200));
    } finally {
      over.set(true);
      background.shutdown();
    }
    awaitLogin(bystander);
    awaitLoginFromAnotherAddress(victim);
    api.newAccount();
  }

  @Test
  void backOff_afterManyWrongPasswords_isTemporaryAndTellsWhen() {
    Account account = api.newAccount();
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 40 && !statuses.contains(429); i++) {
      String body = Api.credentials(account.username(), "wrong password " + i);
      statuses.add(api.post("/api/sessions", body).send().problem(401, 429).status());
    }
    assertThat(statuses).contains(429);

    Answer held =
        api.post("/api/sessions", Api.credentials(account.email(), account.password())).send();

    held.problem(429).assertRetryAfter();
    assertThat(Integer.parseInt(held.header("Retry-After"))).isLessThanOrEqualTo(900);
    api.get(account.path()).as(account).send().expect(200);
  }

  private List<Answer> readUntil(AtomicBoolean over, Account reader) {
    List<Answer> answers = new ArrayList<>();
    while (!over.get()) {
      answers.add(api.get("/api/items").as(reader).send());
    }
    return answers;
  }

  private void awaitLogin(Account account) {
    String body = Api.credentials(account.email(), account.password());
    Awaitility.await("login of a bystander after the flood")
        .atMost(Duration.ofSeconds(15))
        .until(() -> api.post("/api/sessions", body).send().status() == 201);
  }

  private void awaitLoginFromAnotherAddress(Account account) {
    String body = Api.credentials(account.email(), account.password());
    String request =
        "POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body;
    Awaitility.await("login of the victim from another address")
        .atMost(Duration.ofSeconds(15))
        .until(
            () -> {
              try (RawHttp raw = RawHttp.connectFrom("127.0.0.7", app.port())) {
                raw.send(request);
                return RawHttp.status(raw.readAll()) == 201;
              }
            });
  }
}

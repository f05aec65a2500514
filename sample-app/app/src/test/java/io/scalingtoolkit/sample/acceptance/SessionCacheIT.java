// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The one process of phase 2 remembers open sessions, and forgets each the moment it ends. */
final class SessionCacheIT {
  private static RunningApp app;

  private Account account;

  @BeforeAll
  static void start() {
    app =
        RunningApp.on(Map.of("TOOLKIT_CACHE_ENABLED", "true", "APP_SECURITY_SESSIONCACHE", "true"));
  }

  @AfterAll
  static void stop() {
    app.close();
  }

  @BeforeEach
  void register() {
    account = app.api().newAccount();
    assertIsRemembered(account);
  }

  @Test
  void logout_endsTheSessionAtOnce_andNoOther() {
    Account other = login();
    assertIsRemembered(other);

    app.api().delete("/api/sessions/current").as(account).send().expect(204);

    read(account).problem(401);
    read(other).expect(200);
  }

  @Test
  void logout_whileTheSessionIsRead_isFinal() throws Exception {
    for (int round = 0; round < 20; round++) {
      Account session = login();
      Together.run(
          8,
          i ->
              i == 0
                  ? () -> app.api().delete("/api/sessions/current").as(session).send().expect(204)
                  : () -> read(session));

      read(session).problem(401);
    }
  }

  @Test
  void password_changed_endsTheOtherSessionsAtOnce() {
    Account other = login();
    assertIsRemembered(other);
    String body =
        Json.object("currentPassword", account.password(), "newPassword", Api.newPassword());

    app.api().put(account.path() + "/password", body).as(account).send().expect(204);

    read(other).problem(401);
    read(account).problem(401);
  }

  @Test
  void account_deleted_endsItsSessionsAtOnce() {
    Account other = login();
    assertIsRemembered(other);

    app.api().delete(account.path()).as(account).send().expect(204);

    read(account).problem(401);
    read(other).problem(401);
  }

  @Test
  void refreshToken_usedTwice_endsTheSessionAtOnce() {
    String refresh = Json.object("refreshToken", account.refreshToken());
    Answer next = app.api().post("/api/sessions/refresh", refresh).send().expect(200);
    String access = next.field("accessToken");
    app.api().get(account.path()).token(access).send().expect(200);

    app.api().post("/api/sessions/refresh", refresh).send().problem(401);

    app.api().get(account.path()).token(access).send().problem(401);
  }

  @Test
  void login_beyondTheLimit_endsTheOldestAtOnce() {
    List<Account> logins = Stream.generate(this::login).limit(49).toList();
    read(account).expect(200);

    Account last = login();

    read(account).problem(401);
    read(logins.get(0)).expect(200);
    read(last).expect(200);
  }

  private Account login() {
    return app.api().login("/api", account.email(), account.username(), account.password());
  }

  private static Answer read(Account account) {
    return app.api().get(account.path()).as(account).send();
  }

  /** Else nothing is shown here. */
  private static void assertIsRemembered(Account account) {
    read(account).expect(200);
    long hits = hits();
    read(account).expect(200);
    assertThat(hits()).isGreaterThan(hits);
  }

  private static long hits() {
    return app.api().get("/actuator/tieredcaches/sessions").send().json().path("hits").asLong();
  }
}

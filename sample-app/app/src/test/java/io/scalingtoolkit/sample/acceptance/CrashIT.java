// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** SIGKILL in the middle of writes, and what the next start finds. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class CrashIT {
  private static final int[] KILL_POINTS = {60, 500, 1_000};

  private RunningApp app;

  @BeforeEach
  void ensureRunning() {
    app = RunningApp.expendable();
  }

  @Test
  @Order(1)
  void kill_duringAThousandWrites_losesNoAcknowledgedOne() throws Exception {
    Account account = app.api().newAccount();
    ItemModel model = new ItemModel(app.api(), account);
    RegistrationModel registrations = new RegistrationModel(app.api());
    for (int point : KILL_POINTS) {
      model.writeUntil(point, registrations::write, app::kill);

      app.start();

      model.assertKept();
      model.finishCreations();
      model.assertKept();
      registrations.assertKept();
    }
    assertThat(model.acknowledged()).isGreaterThanOrEqualTo(1_000);
    assertThat(registrations.acknowledged()).isPositive();
  }

  @Test
  @Order(2)
  void restart_ofAnyKind_keepsDataSessionsKeysAndReplays() {
    Api api = app.api();
    Account account = api.newAccount();
    Account loggedOut = api.login("/api", account.email(), account.username(), account.password());
    Account spent = api.login("/api", account.email(), account.username(), account.password());
    String jwks = api.get("/.well-known/jwks.json").send().expect(200).text();
    String key = Api.unique("key-");
    Answer item =
        api.post("/api/items", Api.item("{\"n\":1}"))
            .as(account)
            .header("Idempotency-Key", key)
            .send()
            .expect(201);
    byte[] png = Pictures.png();
    Answer user =
        api.call("PUT", account.path() + "/avatar").bytes(png, "image/png").as(account).send();
    user.expect(200);
    api.delete("/api/sessions/current").as(loggedOut).send().expect(204);
    Answer fresh = refresh(spent.refreshToken()).expect(200);

    app.kill();
    app.start();

    assertThat(api.get("/.well-known/jwks.json").send().expect(200).text()).isEqualTo(jwks);
    assertThat(api.get(account.path()).as(account).send().expect(200).json())
        .isEqualTo(user.json());
    Answer read = api.get("/api/items/" + item.field("id")).as(account).send().expect(200);
    assertThat(read.text()).isEqualTo(item.text());
    assertThat(read.etag()).isEqualTo(item.etag());
    String url = user.json().path("profile").path("avatarUrl").asString();
    assertThat(api.get(url).send().expect(200).body()).isEqualTo(png);
    Answer replay =
        api.post("/api/items", Api.item("{\"n\":1}"))
            .as(account)
            .header("Idempotency-Key", key)
            .send()
            .expect(201);
    assertThat(replay.text()).isEqualTo(item.text());
    assertThat(replay.header("Idempotency-Replayed")).isEqualTo("true");
    api.post("/api/items", Api.item("{\"n\":2}"))
        .as(account)
        .header("Idempotency-Key", key)
        .send()
        .problem(422);
    api.get(account.path()).as(loggedOut).send().problem(401);
    refresh(loggedOut.refreshToken()).problem(401);
    refresh(spent.refreshToken()).problem(401);
    refresh(fresh.field("refreshToken")).problem(401);
    refresh(account.refreshToken()).expect(200);
  }

  private Answer refresh(String token) {
    return app.api().post("/api/sessions/refresh", Json.object("refreshToken", token)).send();
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/**
 * Registrations that were acknowledged or under way when the server was killed. Confined: one
 * thread writes, another one checks when that has ended.
 */
final class RegistrationModel {
  private static final String PASSWORD = "a fine crash secret 1";

  private static final int MOST_CHECKED = 6;

  private final Api api;
  private final List<Registration> registrations = new ArrayList<>();
  private int checked;

  RegistrationModel(Api api) {
    this.api = api;
  }

  long acknowledged() {
    return registrations.stream().filter(registration -> registration.acknowledged).count();
  }

  /** Registers one account under a key. */
  void write() {
    Registration registration = new Registration(Api.newEmail(), Api.unique("crash-"));
    registrations.add(registration);
    if (register(registration).status() == 201) {
      registration.acknowledged = true;
    }
  }

  /**
   * Repeats the latest registrations under their keys: each gives an account that works, and one
   * that was acknowledged is a replay.
   */
  void assertKept() {
    checked = Math.max(checked, registrations.size() - MOST_CHECKED);
    while (checked < registrations.size()) {
      Registration registration = registrations.get(checked++);
      Answer again = register(registration).expect(201);
      if (registration.acknowledged) {
        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
      }
      String login = Api.credentials(registration.email, PASSWORD);
      String id = api.post("/api/sessions", login).send().expect(201).field("userId");
      assertThat(id).isEqualTo(again.field("id"));
    }
  }

  private Answer register(Registration registration) {
    String body = Api.registration(registration.email, registration.key, PASSWORD);
    return api.post("/api/users", body).header("Idempotency-Key", registration.key).send();
  }

  private static final class Registration {
    private final String email;
    private final String key;
    private boolean acknowledged;

    private Registration(String email, String key) {
      this.email = email;
      this.key = key;
    }
  }
}

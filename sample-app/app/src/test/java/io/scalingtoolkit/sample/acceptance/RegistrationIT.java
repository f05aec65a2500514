// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What registration accepts and refuses, and that names are unique however they are written. */
final class RegistrationIT {
  private static final String GOOD = "\"a long enough secret 7\"";

  private final Api api = RunningApp.shared().api();

  @ParameterizedTest(name = "{0} = {1}")
  @MethodSource("brokenRules")
  void register_brokenRule_is422NamingTheField(String field, String value) {
    api.post("/api/users", with(field, value)).send().problem(422).naming(field);
  }

  static Stream<Arguments> brokenRules() {
    String longLocal = "\"" + "a".repeat(243) + "@example.com\"";
    return Stream.of(
        Arguments.of("email", ""),
        Arguments.of("email", "null"),
        Arguments.of("email", "\"\""),
        Arguments.of("email", "\"   \""),
        Arguments.of("email", "\"no-at-sign\""),
        Arguments.of("email", "\"@example.com\""),
        Arguments.of("email", "\"a@\""),
        Arguments.of("email", "\"a b@example.com\""),
        Arguments.of("email", "\"a@b@example.com\""),
        Arguments.of("email", longLocal),
        Arguments.of("email", "\"a\\r\\nBcc: x@example.com\""),
        Arguments.of("email", "\"a\\u0000@example.com\""),
        Arguments.of("username", ""),
        Arguments.of("username", "null"),
        Arguments.of("username", "\"\""),
        Arguments.of("username", "\"ab\""),
        Arguments.of("username", "\"" + "u".repeat(101) + "\""),
        Arguments.of("username", "\"with space\""),
        Arguments.of("username", "\"somebody@example.com\""),
        Arguments.of("username", "\"line\\r\\nbreak\""),
        Arguments.of("username", "\"nul\\u0000byte\""),
        Arguments.of("username", "\"p\\u0430ypal\""),
        Arguments.of("username", "\"<script>\""),
        Arguments.of("username", "\"../../etc\""),
        Arguments.of("username", "\"admin\\u200b\""),
        Arguments.of("username", "\"\\u202euser\""),
        Arguments.of("password", ""),
        Arguments.of("password", "null"),
        Arguments.of("password", "\"\""),
        Arguments.of("password", "\"short77\""),
        Arguments.of("password", "\"" + "x".repeat(257) + "\""),
        Arguments.of("password", "\"password\""),
        Arguments.of("password", "\"PASSWORD1\""),
        Arguments.of("password", "\"12345678\""),
        Arguments.of("profile", "{\"name\":\"" + "n".repeat(201) + "\"}"));
  }

  @ParameterizedTest(name = "{0} = {1}")
  @MethodSource("wrongTypes")
  void register_wrongType_isRefused(String field, String value) {
    api.post("/api/users", with(field, value)).send().problem(400, 422);
  }

  static Stream<Arguments> wrongTypes() {
    return Stream.of("email", "username", "password")
        .flatMap(
            field ->
                Stream.of("5", "12345678", "true", "[\"abcdefgh\"]", "{\"a\":1}", "1.5")
                    .map(value -> Arguments.of(field, value)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "\"name\"", "[]", "{\"name\":5}", "{\"name\":[]}"})
  void register_profileOfWrongType_isRefused(String profile) {
    api.post("/api/users", with("profile", profile)).send().problem(400, 422);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"id\":\"00000000-0000-7000-8000-000000000000\"",
        "\"role\":\"admin\"",
        "\"passwordHash\":\"x\"",
        "\"password_hash\":\"x\"",
        "\"createdAt\":\"2020-01-01T00:00:00Z\"",
        "\"version\":7",
        "\"Email\":\"b@example.com\"",
        "\"__proto__\":{}",
        "\"\":1",
        "\"profile\":{\"avatarUrl\":\"http://127.0.0.1/x\"}",
        "\"profile\":{\"admin\":true}"
      })
  void register_unknownField_is400(String extra) {
    String body = with("profile", "").replaceFirst("\\}$", "," + extra + "}");

    api.post("/api/users", body).send().problem(400);
  }

  @Test
  void register_duplicateField_is400() {
    String body = with("profile", "").replaceFirst("\\{", "{\"email\":\"first@example.com\",");

    api.post("/api/users", body).send().problem(400);
  }

  @Test
  void register_severalBrokenRules_areAllNamed() {
    Answer answer =
        api.post("/api/users", "{\"email\":\"x\",\"username\":\"a\",\"password\":\"b\"}").send();

    answer.problem(422).naming("email").naming("username").naming("password");
  }

  @Test
  void register_longestAllowedValues_isAccepted() {
    String email = pad(Api.unique("m"), 60) + "@" + "d".repeat(60) + ".example.com";
    String username = pad(Api.unique("u"), 100);
    String password = pad("a fine secret ", 256);
    String body =
        Json.object(
            "email", email,
            "username", username,
            "password", password,
            "profile", Json.raw("{\"name\":\"" + "\uD83D\uDE00".repeat(100) + "\"}"));

    api.post("/api/users", body).send().expect(201);

    api.login("/api", email, username, password);
    String almost = password.substring(0, 255) + "y";
    api.post("/api/sessions", Api.credentials(email, almost)).send().problem(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Robert'); DROP TABLE users;--", "O'Brien \" \\ %s ${jndi:ldap://x} {{7*7}}"})
  void register_hostileDisplayName_isStoredVerbatim(String name) {
    String email = Api.newEmail();
    String username = Api.unique("user");
    String profile = Json.object("name", name);
    String body =
        Json.object(
            "email",
            email,
            "username",
            username,
            "password",
            Api.newPassword(),
            "profile",
            Json.raw(profile));

    Answer created = api.post("/api/users", body).send().expect(201);

    assertThat(created.json().path("profile").path("name").asString()).isEqualTo(name);
  }

  @Test
  void register_fiftyAtOnceWithOneEmail_givesExactlyOneAccount() throws Exception {
    String email = Api.newEmail();
    String password = Api.newPassword();

    List<Answer> answers =
        Together.run(
            50,
            i -> {
              String written = i % 2 == 0 ? email : variant(email, i);
              String body = Api.registration(written, Api.unique("racer"), password);
              return () -> retried("/api/users", body);
            });

    assertOneWinner(answers, "email");
    Account winner = api.login("/api", email, "", password);
    api.get(winner.path()).as(winner).send().expect(200);
  }

  @Test
  void register_twentyAtOnceWithOneUsername_givesExactlyOneAccount() throws Exception {
    String username = Api.unique("racer");
    String password = Api.newPassword();

    List<Answer> answers =
        Together.run(
            20,
            i -> {
              String body = Api.registration(Api.newEmail(), variant(username, i), password);
              return () -> retried("/api/users", body);
            });

    assertOneWinner(answers, "username");
  }

  @Test
  void register_emailWrittenOtherwise_isTaken() {
    String tag = Api.unique("m");
    String email = "caf\u00e9" + tag + "@example.com";
    Answer first = register(email, Api.unique("user"));
    assertThat(first.status()).isIn(201, 422);
    int later = first.status() == 201 ? 409 : 422;

    register(Normalizer.normalize(email, Normalizer.Form.NFD), Api.unique("user")).problem(later);
    register(email.toUpperCase(Locale.ROOT), Api.unique("user")).problem(later);
    register(fullWidth("cafe" + tag) + "@example.com", Api.unique("user"));

    String plain = Api.unique("wide");
    register(plain + "@example.com", Api.unique("user")).expect(201);
    register(fullWidth(plain) + "@example.com", Api.unique("user")).problem(409, 422);
    register(" " + plain + "@example.com ", Api.unique("user")).problem(409, 422);
  }

  @Test
  void register_usernameWrittenOtherwise_isTaken() {
    String tag = Api.unique("x");
    register(Api.newEmail(), "jos\u00e9" + tag).expect(201);
    register(Api.newEmail(), "kelvin" + tag).expect(201);
    register(Api.newEmail(), "stra\u00dfe" + tag).expect(201);

    register(Api.newEmail(), "jose\u0301" + tag).problem(409).naming("username");
    register(Api.newEmail(), "JOS\u00c9" + tag.toUpperCase(Locale.ROOT)).problem(409);
    register(Api.newEmail(), "\u212aelvin" + tag).problem(409, 422);
    register(Api.newEmail(), fullWidth("kelvin" + tag)).problem(409, 422);
    register(Api.newEmail(), "strasse" + tag).problem(409);
  }

  @Test
  void update_toATakenName_is409AndChangesNothing() {
    Account holder = api.newAccount();
    Account other = api.newAccount();
    String email =
        Json.object("email", variant(holder.email(), 3), "username", Api.unique("renamed"));
    String username =
        Json.object("email", Api.newEmail(), "username", variant(holder.username(), 5));

    api.put(other.path(), email).as(other).send().problem(409).naming("email");
    api.put(other.path(), username).as(other).send().problem(409).naming("username");

    Answer after = api.get(other.path()).as(other).send().expect(200);
    assertThat(after.field("email")).isEqualTo(other.email());
    assertThat(after.field("username")).isEqualTo(other.username());
  }

  @Test
  void update_awayFromAName_freesIt() {
    Account first = api.newAccount();
    String moved = Json.object("email", Api.newEmail(), "username", Api.unique("moved"));
    api.put(first.path(), moved).as(first).send().expect(200);

    register(first.email(), first.username()).expect(201);
  }

  @Test
  void update_ownNameInOtherCase_isAllowed() {
    Account account = api.newAccount();
    String upper = account.username().toUpperCase(Locale.ROOT);
    String body = Json.object("email", account.email(), "username", upper);

    Answer updated = api.put(account.path(), body).as(account).send().expect(200);

    assertThat(updated.field("username")).isEqualTo(upper);
  }

  private Answer register(String email, String username) {
    return api.post("/api/users", Api.registration(email, username, Api.newPassword())).send();
  }

  /** Overload may answer 503; a customer tries again, as the answer tells it to. */
  private Answer retried(String path, String body) {
    Answer answer = api.post(path, body).send();
    for (int attempt = 0; attempt < 100 && answer.status() == 503; attempt++) {
      answer.problem(503);
      answer = api.post(path, body).send();
    }
    return answer;
  }

  private static void assertOneWinner(List<Answer> answers, String field) {
    assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(1);
    answers.stream()
        .filter(answer -> answer.status() != 201)
        .forEach(answer -> assertRefused(answer, field));
  }

  /** The name is taken, or a registration of it is under way and the customer may ask again. */
  private static void assertRefused(Answer answer, String field) {
    answer.problem(409);
    if (answer.json().has("errors")) {
      answer.naming(field);
    } else {
      answer.assertRetryAfter();
    }
  }

  /** The same name in another mixture of upper and lower case. */
  private static String variant(String name, int seed) {
    StringBuilder text = new StringBuilder();
    IntStream.range(0, name.length())
        .forEach(
            i -> {
              char letter = name.charAt(i);
              text.append((seed >> (i % 5) & 1) == 1 ? Character.toUpperCase(letter) : letter);
            });
    return text.toString();
  }

  private static String fullWidth(String ascii) {
    StringBuilder text = new StringBuilder();
    ascii.chars().forEach(c -> text.append((char) (c - 0x21 + 0xFF01)));
    return text.toString();
  }

  private static String pad(String start, int length) {
    return start + "z".repeat(length - start.length());
  }

  /**
   * A registration in which one field has the given JSON value, or is absent when that is empty.
   */
  private static String with(String field, String json) {
    StringBuilder body = new StringBuilder("{");
    for (String name : List.of("email", "username", "password", "profile")) {
      String value =
          switch (name) {
            case "email" -> Json.quote(Api.newEmail());
            case "username" -> Json.quote(Api.unique("user"));
            case "password" -> GOOD;
            default -> "{\"name\":\"Somebody\"}";
          };
      String chosen = name.equals(field) ? json : value;
      if (!chosen.isEmpty()) {
        body.append(body.length() > 1 ? "," : "").append(Json.quote(name)).append(":");
        body.append(chosen);
      }
    }
    return body.append("}").toString();
  }
}

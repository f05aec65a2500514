// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** What the server answered to one request. Immutable, the caller must not change the bytes. */
record Answer(String request, URI address, int status, HttpHeaders headers, byte[] body) {
  private static final Pattern INTERNALS =
      Pattern.compile(
          "Exception|Error:|\\borg\\.|\\bjava\\.|io\\.scalingtoolkit|(?i:sql|jdbc|hikari|tomcat|"
              + "jackson|springframework)|\\tat |/tmp/|/root|stack");

  static Answer of(HttpResponse<byte[]> response) {
    String request = response.request().method() + " " + response.request().uri();
    return new Answer(
        request, response.uri(), response.statusCode(), response.headers(), response.body());
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  JsonNode json() {
    return Json.parse(text());
  }

  /** The text of a top-level field of the body. */
  String field(String name) {
    return json().path(name).asString();
  }

  /** The value of a header, or the empty string. */
  String header(String name) {
    return headers.firstValue(name).orElse("");
  }

  String etag() {
    assertThat(header("ETag")).as("strong ETag of %s", request).matches("\"[\\x21\\x23-\\x7e]+\"");
    return header("ETag");
  }

  /** Asserts the status, which is not an error. */
  Answer expect(int expected) {
    assertThat(status).as("%s answered %s", request, brief()).isEqualTo(expected);
    if (expected < 400 && body.length > 0 && header("Content-Type").contains("json")) {
      assertThat(header("Content-Type")).startsWith("application/json");
    }
    return this;
  }

  /** Asserts that this is a well-formed problem with one of the statuses, free of internals. */
  Answer problem(Integer... allowed) {
    assertThat(status).as("%s answered %s", request, brief()).isIn((Object[]) allowed);
    assertThat(header("Content-Type"))
        .as("media type of the problem of %s: %s", request, brief())
        .startsWith("application/problem+json");
    JsonNode problem = json();
    assertThat(problem.path("status").asInt()).as("status in %s", brief()).isEqualTo(status);
    for (String name : List.of("type", "title", "detail", "instance")) {
      assertThat(problem.path(name).isString()).as("'%s' in %s", name, brief()).isTrue();
      assertThat(problem.path(name).asString()).as("'%s'", name).isNotBlank();
    }
    withoutInternals();
    if (status == 401) {
      assertThat(header("WWW-Authenticate")).as("WWW-Authenticate of %s", request).isNotBlank();
    }
    if (status == 429 || status == 503) {
      assertRetryAfter();
    }
    return this;
  }

  /** Asserts that the invalid fields are told by name. */
  Answer naming(String field) {
    assertThat(Json.texts(json().path("errors"), "field"))
        .as("fields named in %s", brief())
        .anyMatch(name -> name.equals(field) || name.startsWith(field + "."));
    for (JsonNode error : json().path("errors")) {
      assertThat(error.path("message").asString()).isNotBlank();
    }
    return this;
  }

  void assertRetryAfter() {
    assertThat(header("Retry-After")).as("Retry-After of %s", brief()).matches("[1-9][0-9]{0,4}");
  }

  /** Asserts that nothing of the inside shows; the path that was asked for may be echoed. */
  Answer withoutInternals() {
    String echoed = address.getRawPath() == null ? "" : address.getRawPath();
    String told = echoed.length() < 2 ? text() : text().replace(echoed, "");
    assertThat(INTERNALS.matcher(told).find()).as("internals in %s", brief()).isFalse();
    for (String name : headers.map().keySet()) {
      assertThat(name.toLowerCase(java.util.Locale.ROOT)).isNotIn("x-powered-by", "server");
    }
    return this;
  }

  private String brief() {
    String text = text();
    String start = text.length() > 600 ? text.substring(0, 600) + "…" : text;
    return status + " " + start;
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/** Two processes, A and B, a client between them, and a replica that has stopped replaying. */
class BookmarkOverHttpIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  private static final String[] SETTINGS = {
    "toolkit.replication.bookmark.signing-keys[0].id=k1",
    "toolkit.replication.bookmark.signing-keys[0].secret=0123456789abcdef0123456789abcdef",
    "toolkit.replication.bookmark.cookie.enabled=true",
    "toolkit.replication.bookmark.cookie.secure=false",
  };

  private static ConfigurableApplicationContext a;
  private static ConfigurableApplicationContext b;
  private static long lastId;

  private final HttpClient client = HttpClient.newHttpClient();
  private final long id = ++lastId;

  @BeforeAll
  static void start() {
    String database = POSTGRES.cluster().createDatabase();
    POSTGRES.cluster().awaitCaughtUp();
    a = NoteApplication.start(POSTGRES.cluster(), database, WebApplicationType.SERVLET, SETTINGS);
    String[] withMicrometer = Arrays.copyOf(SETTINGS, SETTINGS.length + 1);
    withMicrometer[SETTINGS.length] = "spring.task.execution.propagate-context=true";
    b =
        NoteApplication.start(
            POSTGRES.cluster(), database, WebApplicationType.SERVLET, withMicrometer);
  }

  @AfterAll
  static void stop() {
    b.close();
    a.close();
  }

  @BeforeEach
  void stopReplaying() {
    POSTGRES.cluster().awaitCaughtUp();
    POSTGRES.cluster().replica(0).pauseReplay();
  }

  @AfterEach
  void replayAgain() {
    POSTGRES.cluster().replica(0).resumeReplay();
  }

  private HttpResponse<String> send(
      ConfigurableApplicationContext to, String method, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + NoteApplication.port(to) + path))
            .method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static String header(HttpResponse<?> response) {
    return response.headers().firstValue("Toolkit-Bookmark").orElseThrow();
  }

  private static String cookie(HttpResponse<?> response) {
    String set = response.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(set).contains("HttpOnly").contains("SameSite=Lax").contains("Path=/");
    return set.substring(0, set.indexOf(';'));
  }

  @Test
  void read_withoutBookmark_isOld() throws Exception {
    send(a, "PUT", "/notes/" + id + "/new");

    assertThat(send(b, "GET", "/notes/" + id).body()).isEmpty();
  }

  @Test
  void read_inAnotherProcessWithTheHeader_seesTheWrite() throws Exception {
    HttpResponse<String> written = send(a, "PUT", "/notes/" + id + "/new");

    HttpResponse<String> read = send(b, "GET", "/notes/" + id, "Toolkit-Bookmark", header(written));

    assertThat(read.body()).isEqualTo("new");
  }

  @Test
  void read_inAnotherProcessWithTheCookie_seesTheWrite() throws Exception {
    HttpResponse<String> written = send(a, "PUT", "/notes/" + id + "/new");

    HttpResponse<String> read = send(b, "GET", "/notes/" + id, "Cookie", cookie(written));

    assertThat(read.body()).isEqualTo("new");
  }

  @Test
  void read_afterAWriteByACallable_seesTheWrite() throws Exception {
    HttpResponse<String> written = send(a, "PUT", "/later/" + id + "/new");

    assertThat(written.body()).isEqualTo("new");
    assertThat(send(b, "GET", "/notes/" + id, "Toolkit-Bookmark", header(written)).body())
        .isEqualTo("new");
  }

  @Test
  void read_afterAWriteByACallableWithContextPropagation_seesTheWrite() throws Exception {
    HttpResponse<String> written = send(b, "PUT", "/later/" + id + "/new");

    assertThat(written.body()).isEqualTo("new");
    assertThat(written.headers().allValues("Set-Cookie")).hasSize(1);
    assertThat(send(a, "GET", "/notes/" + id, "Toolkit-Bookmark", header(written)).body())
        .isEqualTo("new");
  }

  @Test
  void read_afterAWriteWhoseHandlerFailed_seesTheWrite() throws Exception {
    HttpResponse<String> written = send(a, "PUT", "/failing/" + id + "/new");

    assertThat(written.statusCode()).isEqualTo(500);
    assertThat(written.headers().allValues("Set-Cookie")).hasSize(1);
    assertThat(send(b, "GET", "/notes/" + id, "Toolkit-Bookmark", header(written)).body())
        .isEqualTo("new");
  }

  @Test
  void bookmark_forged_isIgnoredAndCounted() throws Exception {
    HttpResponse<String> written = send(a, "PUT", "/notes/" + id + "/new");
    String genuine = header(written);
    char last = genuine.charAt(genuine.length() - 5);
    String forged =
        genuine.substring(0, genuine.length() - 5)
            + (last == 'A' ? 'B' : 'A')
            + genuine.substring(genuine.length() - 4);
    double before = ignored();

    HttpResponse<String> read = send(b, "GET", "/notes/" + id, "Toolkit-Bookmark", forged);

    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.body()).isEmpty();
    assertThat(ignored()).isEqualTo(before + 1);
  }

  private static double ignored() {
    return b.getBean(MeterRegistry.class)
        .get("toolkit.bookmark.decodes")
        .tag("outcome", "bad_signature")
        .counter()
        .count();
  }
}

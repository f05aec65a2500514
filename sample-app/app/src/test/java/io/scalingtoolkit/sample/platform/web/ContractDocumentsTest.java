// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is written about the API names the same calls and problems as the code. */
final class ContractDocumentsTest {

  private static final Pattern CALL =
      Pattern.compile("^\\| `(GET|POST|PUT|DELETE) (/[^`? ]+)", Pattern.MULTILINE);

  @Test
  void apiGuide_calls_areThoseOfTheOpenApiDocument() throws IOException {
    String guide = Files.readString(Path.of("../../docs/guide/api.md"));

    List<String> calls =
        CALL.matcher(guide).results().map(m -> m.group(1) + " " + m.group(2)).toList();

    assertThat(calls)
        .containsExactlyInAnyOrderElementsOf(
            ApiCall.all().stream().map(call -> call.method() + " " + call.path()).toList());
  }

  @Test
  void problemsPage_hasAnEntryForEveryType() throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/static/problems.html")) {
      String page = new String(in.readAllBytes(), StandardCharsets.UTF_8);

      for (ProblemType type : ProblemType.values()) {
        assertThat(page).contains("id=\"" + type.uri().replace("/problems.html#", "") + "\"");
      }
    }
  }

  @Test
  void withoutVersion_anyVersion_isTheSamePath() {
    assertThat(ApiPaths.withoutVersion("/api/v1/items/x")).isEqualTo("/api/items/x");
    assertThat(ApiPaths.withoutVersion("/api/items/v1")).isEqualTo("/api/items/v1");
    assertThat(ApiPaths.rootOf("/api/v1/items")).isEqualTo("/api/v1");
    assertThat(ApiPaths.rootOf("/api/v1x/items")).isEqualTo("/api");
  }
}

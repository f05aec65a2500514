// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Every Java block in the documentation is a region of a test that compiles and runs.
 *
 * <p>A block is preceded by {@code <!-- snippet: path/To/Test.java#name -->}; the region stands in
 * that file between {@code // snippet:name} and {@code // end}; blank lines do not count.
 */
class SnippetTest {
  private static final String START = "// snippet:";
  private static final Pattern REFERENCE =
      Pattern.compile("<!-- snippet: (?<file>[^#]+)#(?<name>\\S+) -->");

  @Test
  void javaBlocks_inEveryDocument_areRegionsOfCompiledTests() {
    List<String> problems = new ArrayList<>();
    int blocks = 0;
    for (Path document : Tree.files(".md")) {
      List<String> lines = Tree.lines(document);
      for (int i = 0; i < lines.size(); i++) {
        if (lines.get(i).strip().equals("```java")) {
          blocks++;
          check(document, lines, i, problems);
        }
      }
    }

    assertThat(problems).isEmpty();
    assertThat(blocks).as("Java blocks found").isPositive();
  }

  private static void check(Path document, List<String> lines, int start, List<String> problems) {
    String where = Tree.name(document) + ":" + (start + 1);
    Matcher reference = REFERENCE.matcher(start == 0 ? "" : lines.get(start - 1).strip());
    if (!reference.matches()) {
      problems.add(where + " has no <!-- snippet: file#name --> line above it");
      return;
    }
    Path source = Tree.ROOT.resolve(reference.group("file"));
    if (!Files.exists(source) || !Tree.name(source).contains("/src/test/")) {
      problems.add(where + " names " + Tree.name(source) + ", which is not a test source");
      return;
    }
    List<String> shown = strip(lines.subList(start + 1, end(lines, start)));
    List<String> compiled = region(source, reference.group("name"));
    if (!shown.equals(compiled)) {
      problems.add(
          "%s differs from its region.%n--- document%n%s%n--- test%n%s"
              .formatted(where, String.join("\n", shown), String.join("\n", compiled)));
    }
  }

  private static int end(List<String> lines, int start) {
    int end = start + 1;
    while (end < lines.size() && !lines.get(end).strip().equals("```")) {
      end++;
    }
    return end;
  }

  /** All lines between {@code // snippet:} with this name among others, and {@code // end}. */
  private static List<String> region(Path source, String name) {
    List<String> region = new ArrayList<>();
    boolean inside = false;
    for (String line : Tree.lines(source)) {
      String text = line.strip();
      if (text.startsWith(START)) {
        inside = List.of(text.substring(START.length()).split(",")).contains(name);
      } else if (text.equals("// end")) {
        inside = false;
      } else if (inside) {
        region.add(line);
      }
    }
    return strip(region);
  }

  /** Removes blank lines, and the indentation that the others share. */
  private static List<String> strip(List<String> lines) {
    List<String> filled = lines.stream().filter(line -> !line.isBlank()).toList();
    return String.join("\n", filled).stripIndent().lines().map(String::stripTrailing).toList();
  }
}

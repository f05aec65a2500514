// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Links between documents, and from documents to code, lead somewhere. */
class LinkTest {
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\((?<target>[^)\\s]+)\\)");

  @Test
  void relativeLinks_inEveryDocument_leadToFilesAndHeadings() {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path document : Tree.files(".md")) {
      for (String line : Tree.lines(document)) {
        Matcher link = LINK.matcher(line);
        while (link.find()) {
          String target = link.group("target");
          if (!target.contains("://") && !target.startsWith("mailto:")) {
            links++;
            if (!leadsSomewhere(document, target)) {
              broken.add(Tree.name(document) + " -> " + target);
            }
          }
        }
      }
    }

    assertThat(broken).isEmpty();
    assertThat(links).as("links found").isGreaterThan(20);
  }

  private static boolean leadsSomewhere(Path document, String target) {
    String[] parts = target.split("#", 2);
    Path file =
        parts[0].isEmpty()
            ? document
            : document.resolveSibling(parts[0]).toAbsolutePath().normalize();
    if (!Files.exists(file)) {
      return false;
    }
    return parts.length == 1 || anchors(file).contains(parts[1]);
  }

  private static List<String> anchors(Path file) {
    return Tree.lines(file).stream()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ +", "").toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .toList();
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules about source files that no compiler checks. */
class HouseRulesTest {
  private static final int MAX_LINES = 500;
  // Put together from parts, so that this file does not find itself.
  private static final Pattern LEFT_OPEN =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME)\\b|@Dis" + "abled");
  private static final Pattern CONFLICT = Pattern.compile("^(<{7} |={7}$|>{7} )");
  private static final Pattern SLEEP = Pattern.compile("Thread\\.sl" + "eep\\(|\\.sl" + "eep\\(");

  @Test
  void sourceFiles_all_areShortEnoughToRead() {
    List<String> tooLong =
        Tree.files(".java").stream()
            .filter(file -> Tree.lines(file).size() > MAX_LINES)
            .map(file -> Tree.name(file) + ": " + Tree.lines(file).size() + " lines")
            .toList();

    assertThat(tooLong).isEmpty();
  }

  @Test
  void sourceFiles_all_leaveNothingOpen() {
    assertThat(linesWith(Tree.files(".java"), LEFT_OPEN)).isEmpty();
  }

  @Test
  void files_all_haveNoMergeConflict() {
    List<Path> files =
        Stream.of(".java", ".md", ".xml", ".yaml", ".yml", ".sql", ".properties", ".conf", ".cfg")
            .flatMap(ending -> Tree.files(ending).stream())
            .toList();

    assertThat(linesWith(files, CONFLICT)).isEmpty();
  }

  @Test
  void tests_all_waitForEventsInsteadOfSleeping() {
    List<Path> tests =
        Tree.files(".java").stream()
            .filter(file -> Tree.name(file).contains("/src/test/"))
            .toList();

    assertThat(linesWith(tests, SLEEP)).isEmpty();
  }

  @Test
  void packages_all_stateTheirNullness() {
    List<String> bare =
        Tree.files(".java").stream()
            .map(Path::getParent)
            .distinct()
            .filter(folder -> Tree.name(folder).contains("/src/main/"))
            .map(folder -> folder.resolve("package-info.java"))
            .filter(
                file ->
                    !file.toFile().exists()
                        || !String.join("", Tree.lines(file)).contains("@NullMarked"))
            .map(Tree::name)
            .toList();

    assertThat(bare).isEmpty();
  }

  private static List<String> linesWith(List<Path> files, Pattern pattern) {
    return files.stream()
        .flatMap(
            file ->
                Tree.lines(file).stream()
                    .filter(line -> pattern.matcher(line).find())
                    .map(line -> Tree.name(file) + ": " + line.strip()))
        .toList();
  }
}

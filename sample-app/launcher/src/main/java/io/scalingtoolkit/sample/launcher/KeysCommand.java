// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code ./run keys rotate}: adds a key that signs access tokens. A running application picks it up
 * by itself; tokens signed before stay valid until they expire.
 */
@Command(name = "keys")
final class KeysCommand implements Callable<Integer> {

  private static final String ANSWER = "added signing key ";

  private final Project project;
  private final PreparedFolder prepared;
  private final PrintStream out;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(arity = "1", paramLabel = "rotate")
  private String action = "";

  @Option(names = "--data")
  private @Nullable String data;

  KeysCommand(Project project, PreparedFolder prepared, PrintStream out) {
    this.project = project;
    this.prepared = prepared;
    this.out = out;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!action.equals("rotate")) {
      throw StartCommand.wrong(spec, "keys knows one action, rotate; got " + action);
    }
    Path named = StartCommand.folder(spec, data);
    Path folder = named == null ? project.defaultData(1, Database.SQLITE) : named;
    Path keys = folder.resolve("keys");
    if (!Files.isDirectory(keys)) {
      throw new UserError("no application has run with the data folder " + folder + " yet");
    }
    if (!Files.isWritable(keys)) {
      throw new UserError("no permission to write in " + keys);
    }
    out.println(rotate(folder) + " in " + keys);
    return 0;
  }

  private String rotate(Path folder) throws IOException, InterruptedException {
    List<String> command = prepared.program().startCommand();
    command.add("--rotate-keys");
    command.add("--app.data-dir=" + folder);
    command.add("--logging.threshold.console=off");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    List<String> lines;
    try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
      lines = reader.lines().toList();
    }
    int exitCode = process.waitFor();
    return lines.stream()
        .filter(line -> exitCode == 0 && line.startsWith(ANSWER))
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    "no key was added, the application ended with exit code "
                        + exitCode
                        + ": "
                        + String.join(" ", lines)));
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./run doctor}: one line a check; fails only when a start would fail. */
@Command(name = "doctor")
final class DoctorCommand implements Callable<Integer> {

  private final Doctor doctor;
  private final PrintStream out;

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--port")
  private int port = 8080;

  @Option(names = "--data")
  private @Nullable String data;

  DoctorCommand(Doctor doctor, PrintStream out) {
    this.doctor = doctor;
    this.out = out;
  }

  @Override
  public Integer call() throws InterruptedException {
    StartCommand.requirePort(spec, port);
    Path folder = StartCommand.folder(spec, data);
    List<Doctor.Finding> findings = doctor.examine(port, folder);
    for (Doctor.Finding finding : findings) {
      out.printf("%-4s  %-12s  %s%n", finding.verdict(), finding.subject(), finding.text());
    }
    return findings.stream().anyMatch(f -> f.verdict() == Doctor.Verdict.FAIL) ? 1 : 0;
  }
}

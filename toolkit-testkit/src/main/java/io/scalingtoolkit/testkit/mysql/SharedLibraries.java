// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Finds out which shared libraries a program lacks, and the Debian packages that have them. */
final class SharedLibraries {
  private static final Map<String, String> DEBIAN_PACKAGES =
      Map.of("libaio.so.1", "libaio1", "libnuma.so.1", "libnuma1");

  private SharedLibraries() {}

  /** Returns one line that names what the program lacks, or nothing when it lacks nothing. */
  static Optional<String> missing(String product, Path program) {
    // What ldd does: with this variable the loader lists the libraries and does not run main().
    ProcessBuilder builder = new ProcessBuilder(program.toString()).redirectErrorStream(true);
    builder.environment().put("LD_TRACE_LOADED_OBJECTS", "1");
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String listing = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return describe(product, listing);
    } catch (IOException e) {
      throw new EngineException("cannot run " + program, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while looking for the libraries of " + program, e);
    }
  }

  /** As {@link #missing}, from what the loader printed. */
  static Optional<String> describe(String product, String listing) {
    List<String> libraries =
        listing
            .lines()
            .map(String::strip)
            .filter(line -> line.endsWith("=> not found"))
            .map(line -> line.substring(0, line.indexOf(' ')))
            .distinct()
            .sorted()
            .toList();
    if (libraries.isEmpty()) {
      return Optional.empty();
    }
    TreeSet<String> packages = new TreeSet<>();
    for (String library : libraries) {
      String name = DEBIAN_PACKAGES.get(library);
      if (name != null) {
        packages.add(name);
      }
    }
    String advice =
        packages.isEmpty() ? "" : "; on Debian: apt-get install " + String.join(" ", packages);
    return Optional.of(
        product
            + " needs shared libraries that are missing: "
            + String.join(", ", libraries)
            + advice);
  }
}

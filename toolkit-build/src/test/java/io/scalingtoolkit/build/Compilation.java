// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** One run of the JDK's compiler with the processor, warnings counting as errors. */
record Compilation(Path output, List<String> messages) {

  static Compilation of(Path folder, String path, String source) throws IOException {
    Path file = folder.resolve("source").resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    Path output = Files.createDirectories(folder.resolve("output"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavaCompiler.CompilationTask task =
          compiler.getTask(
              null,
              files,
              diagnostics,
              List.of(
                  "--release",
                  "17",
                  "-Xlint:all,-options,-processing",
                  "-Werror",
                  "-d",
                  output + ""),
              null,
              files.getJavaFileObjects(file));
      task.setProcessors(List.of(new ForwardingProcessor()));
      task.call();
    }
    return new Compilation(
        output,
        diagnostics.getDiagnostics().stream()
            .map(diagnostic -> diagnostic.getMessage(Locale.ROOT))
            .toList());
  }

  Class<?> load(String name) throws ClassNotFoundException, MalformedURLException {
    assertThat(messages).isEmpty();
    URL[] path = {output.toUri().toURL()};
    return Class.forName(name, true, new URLClassLoader(path, Compilation.class.getClassLoader()));
  }

  String generated(String path) throws IOException {
    return Files.readString(output.resolve(path));
  }

  List<String> classes() throws IOException {
    try (Stream<Path> files = Files.walk(output)) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    }
  }
}

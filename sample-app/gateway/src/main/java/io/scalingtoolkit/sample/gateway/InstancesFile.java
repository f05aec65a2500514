// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that names the instances: one {@code host:port} a line; empty lines and those that begin
 * with {@code #} do not count. Whoever changes it puts a new file in its place and waits until the
 * file beside it, with {@code .applied} behind the name, has the same content: from then on no
 * request goes to an instance that was taken out. Confined to one thread.
 */
final class InstancesFile {

  private static final Logger LOG = LoggerFactory.getLogger(InstancesFile.class);

  private final Path file;
  private final Instances instances;
  private String seen = "";

  InstancesFile(Path file, Instances instances) {
    this.file = file;
    this.instances = instances;
  }

  /** Reads the file; what it says counts when it differs from the last time and makes sense. */
  void read() {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException notYet) {
      return;
    } catch (IOException e) {
      text = "unreadable: " + e;
    }
    if (text.equals(seen)) {
      return;
    }
    seen = text;
    try {
      instances.replace(parse(text));
      acknowledge(text);
      LOG.info("instances: {}", instances.all());
    } catch (IllegalArgumentException | IOException e) {
      LOG.warn("the instances stay as they were, because of {}: {}", file, e.getMessage());
    }
  }

  static List<Address> parse(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .map(Address::of)
        .toList();
  }

  private void acknowledge(String text) throws IOException {
    Path half = file.resolveSibling(file.getFileName() + ".applied.new");
    Files.writeString(half, text, StandardCharsets.UTF_8);
    Files.move(
        half, file.resolveSibling(file.getFileName() + ".applied"), StandardCopyOption.ATOMIC_MOVE);
  }
}

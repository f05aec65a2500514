// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SharedLibrariesTest {
  @Test
  void describe_librariesNotFound_namesThemAndTheirPackages() {
    String listing =
        """
        \tlinux-vdso.so.1 (0x00007f7d4239a000)
        \tlibaio.so.1 => not found
        \tlibnuma.so.1 => not found
        \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f7d4181e000)
        """;

    assertThat(SharedLibraries.describe("MySQL 8.0.12", listing))
        .hasValue(
            "MySQL 8.0.12 needs shared libraries that are missing: libaio.so.1, libnuma.so.1;"
                + " on Debian: apt-get install libaio1 libnuma1");
  }

  @Test
  void describe_unknownLibrary_isNamedWithoutAPackage() {
    assertThat(SharedLibraries.describe("X", "\tlibother.so.3 => not found\n"))
        .hasValue("X needs shared libraries that are missing: libother.so.3");
  }

  @Test
  void describe_allFound_isEmpty() {
    assertThat(SharedLibraries.describe("X", "\tlibc.so.6 => /lib/libc.so.6 (0x1)\n")).isEmpty();
  }

  @Test
  void missing_programOfThisSystem_isEmpty() {
    assertThat(SharedLibraries.missing("sh", Path.of("/bin/sh"))).isEmpty();
  }
}

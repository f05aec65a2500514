// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.EngineException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnpackerTest {
  @TempDir Path temp;

  @Test
  void untar_filesLinksAndModes_areKept() throws IOException {
    byte[] tar =
        tar(
            out -> {
              file(out, "bin/tool", "run", 0755);
              file(out, "share/text", "read", 0644);
              link(out, "lib/alias", "../bin/tool");
            });

    Unpacker.untar(new ByteArrayInputStream(tar), temp);

    assertThat(temp.resolve("bin/tool")).hasContent("run").isExecutable();
    assertThat(Files.isExecutable(temp.resolve("share/text"))).isFalse();
    assertThat(temp.resolve("lib/alias")).isSymbolicLink().hasContent("run");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../out", "a/../../out", "/../out"})
  void untar_entryOutside_isRefused(String name) throws IOException {
    byte[] tar = tar(out -> file(out, name, "x", 0644));
    Path target = Files.createDirectory(temp.resolve("target"));

    assertThatThrownBy(() -> Unpacker.untar(new ByteArrayInputStream(tar), target))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("must stay inside");
    assertThat(temp.resolve("out")).doesNotExist();
  }

  @Test
  void untar_linkToOutside_isRefused() throws IOException {
    byte[] tar = tar(out -> link(out, "lib/alias", "../../out"));

    assertThatThrownBy(() -> Unpacker.untar(new ByteArrayInputStream(tar), temp))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("lib/alias");
  }

  @Test
  void unpack_singleFileOfAJar_isExecutableUnderItsName() throws IOException {
    ArtifactSource source =
        new ArtifactSource.SingleFile("org/slf4j/Logger.class", "slf4j", "logger");

    Unpacker.unpack(source, temp);

    assertThat(temp.resolve("logger")).isExecutable().isNotEmptyFile();
    assertThat(Unpacker.fingerprint(source)).matches("[0-9a-f]{16}");
  }

  @Test
  void unpack_treeOfAJar_hasTheFilesBelowIt() throws IOException {
    Unpacker.unpack(new ArtifactSource.Tree("org/slf4j/event/", "slf4j"), temp);

    assertThat(temp.resolve("Level.class")).isNotEmptyFile();
  }

  @Test
  void locate_missingResource_namesTheArtifact() {
    ArtifactSource source = new ArtifactSource.Archive("no/such.txz", "org.example:engine");

    assertThat(source.isPresent()).isFalse();
    assertThatThrownBy(source::locate)
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("org.example:engine")
        .hasMessageContaining("no/such.txz");
  }

  private interface Content {
    void writeTo(TarArchiveOutputStream out) throws IOException;
  }

  private static byte[] tar(Content content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes)) {
      content.writeTo(out);
    }
    return bytes.toByteArray();
  }

  private static void file(TarArchiveOutputStream out, String name, String text, int mode)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setSize(text.length());
    entry.setMode(mode);
    out.putArchiveEntry(entry);
    out.write(text.getBytes(StandardCharsets.US_ASCII));
    out.closeArchiveEntry();
  }

  private static void link(TarArchiveOutputStream out, String name, String target)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
    entry.setLinkName(target);
    out.putArchiveEntry(entry);
    out.closeArchiveEntry();
  }
}

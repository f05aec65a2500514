// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.sample.platform.web.ProblemType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AvatarFilesTest {

  private static final byte[] PNG = {
    (byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 1, 2, 3
  };

  @TempDir Path folder;

  @Test
  void store_picture_isFoundByItsNameWithTheSameBytes() throws IOException {
    AvatarFiles files = new AvatarFiles(folder);

    String name = files.store(new ByteArrayInputStream(PNG));

    AvatarFiles.Stored stored = files.find(name).orElseThrow();
    assertThat(stored.type()).isEqualTo(PictureType.PNG);
    assertThat(stored.path()).hasBinaryContent(PNG);
    assertThat(names()).containsExactly(name);
  }

  @Test
  void store_largest_fitsAndOneMoreByteDoesNot() throws IOException {
    AvatarFiles files = new AvatarFiles(folder);

    assertThat(files.store(picture(AvatarFiles.LIMIT_BYTES))).endsWith(".png");
    assertThatThrownBy(() -> files.store(picture(AvatarFiles.LIMIT_BYTES + 1)))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.type()).isEqualTo(ProblemType.CONTENT_TOO_LARGE));
    assertThat(names()).hasSize(1);
  }

  @Test
  void store_notAPicture_is415AndLeavesNothing() throws IOException {
    AvatarFiles files = new AvatarFiles(folder);

    for (String text : List.of("", "GIF89a", "<svg/>", "RIFF0000WAVEfmt 1234567")) {
      assertThatThrownBy(() -> files.store(new ByteArrayInputStream(text.getBytes("ISO-8859-1"))))
          .isInstanceOfSatisfying(
              Problem.class,
              problem -> assertThat(problem.type()).isEqualTo(ProblemType.UNSUPPORTED_MEDIA_TYPE));
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void store_clientBreaksOff_leavesNothing() throws IOException {
    AvatarFiles files = new AvatarFiles(folder);
    InputStream broken =
        new InputStream() {
          private int at;

          @Override
          public int read() throws IOException {
            if (at == PNG.length) {
              throw new IOException("gone");
            }
            return PNG[at++] & 0xff;
          }
        };

    assertThatThrownBy(() -> files.store(broken)).isInstanceOf(IOException.class);

    assertThat(names()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../app.db",
        "..",
        "",
        "x.png",
        "0123456789abcdef0123456789abcdef.png.tmp",
        "0123456789abcdef0123456789abcdef.gif",
        "0123456789ABCDEF0123456789ABCDEF.png",
        "0123456789abcdef0123456789abcdef.png\n"
      })
  void find_otherForms_findNothing(String name) throws IOException {
    Files.write(folder.resolve("x.png"), PNG);

    assertThat(new AvatarFiles(folder).find(name)).isEmpty();
  }

  @Test
  void sweep_unknownAndTemporary_goAndKnownStays() throws IOException {
    AvatarFiles files = new AvatarFiles(folder);
    String known = files.store(new ByteArrayInputStream(PNG));
    files.store(new ByteArrayInputStream(PNG));
    Files.write(folder.resolve("half.png.tmp"), PNG);

    assertThat(files.sweep(known::equals)).isEqualTo(2);
    assertThat(names()).containsExactly(known);
  }

  private static InputStream picture(int size) {
    return new ByteArrayInputStream(Arrays.copyOf(PNG, size));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.ECKey;
import io.scalingtoolkit.sample.platform.ManualClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningKeysTest {

  private static final Duration TOKEN = Duration.ofMinutes(15);

  @TempDir Path temp;

  private final ManualClock clock = new ManualClock();
  private KeyFiles files;

  @BeforeEach
  void folder() {
    files = new KeyFiles(temp.resolve("data").resolve("keys"));
  }

  @Test
  void open_emptyFolder_createsOneKeyThatOnlyTheOwnerReads() throws IOException {
    SigningKeys keys = open();

    Path folder = temp.resolve("data").resolve("keys");
    assertThat(permissions(folder)).isEqualTo("rwx------");
    try (Stream<Path> content = Files.list(folder)) {
      List<Path> found = content.toList();
      assertThat(found).hasSize(1);
      assertThat(permissions(found.get(0))).isEqualTo("rw-------");
      assertThat(found.get(0).getFileName()).hasToString(keys.signing().getKeyID() + ".jwk");
    }
  }

  @Test
  void open_again_hasTheSameKey() {
    assertThat(open().signing()).isEqualTo(open().signing());
  }

  @Test
  void signing_newKey_signsOnceEveryProcessHasSeenIt() throws IOException {
    SigningKeys keys = open();
    ECKey first = keys.signing();
    clock.advance(Duration.ofMinutes(1));

    ECKey second = files.create(clock);
    clock.advance(Duration.ofSeconds(1));

    assertThat(keys.signing()).isEqualTo(first);
    assertThat(ids(keys)).containsExactly(second.getKeyID(), first.getKeyID());

    clock.advance(Duration.ofSeconds(1));
    assertThat(keys.signing()).isEqualTo(second);
    assertThat(ids(keys)).containsExactly(second.getKeyID(), first.getKeyID());
  }

  @Test
  void verifying_oldKey_endsWithItsLastToken() throws IOException {
    SigningKeys keys = open();
    ECKey first = keys.signing();
    clock.advance(Duration.ofMinutes(1));
    ECKey second = files.create(clock);

    clock.advance(SigningKeys.ACTIVATION.plus(TOKEN));
    assertThat(ids(keys)).contains(first.getKeyID());

    clock.advance(Duration.ofSeconds(2));
    assertThat(ids(keys)).containsExactly(second.getKeyID());

    open();
    assertThat(files.names()).containsExactly(second.getKeyID() + ".jwk");
  }

  @Test
  void verifying_deletedFile_isForgottenWithinASecond() throws IOException {
    SigningKeys keys = open();
    ECKey first = keys.signing();
    clock.advance(Duration.ofMinutes(1));
    files.create(clock);
    files.delete(first);

    clock.advance(Duration.ofSeconds(1));

    assertThat(ids(keys)).doesNotContain(first.getKeyID()).hasSize(1);
  }

  @Test
  void signing_lastFileDeletedOrBroken_keepsTheKeyInUse() throws IOException {
    SigningKeys keys = open();
    ECKey first = keys.signing();
    files.delete(first);
    clock.advance(Duration.ofSeconds(5));
    assertThat(keys.signing()).isEqualTo(first);

    Files.writeString(temp.resolve("data").resolve("keys").resolve("x.jwk"), "{");
    clock.advance(Duration.ofSeconds(5));
    assertThat(keys.signing()).isEqualTo(first);
  }

  @Test
  void open_brokenFile_namesItWithoutItsContent() throws IOException {
    Path folder = temp.resolve("data").resolve("keys");
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("x.jwk"), "{\"kty\":\"EC\",\"d\":\"private\"}");

    assertThatThrownBy(this::open)
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("x.jwk")
        .satisfies(e -> assertThat(e.toString()).doesNotContain("private\""));
  }

  @Test
  void open_publicKeyInTheFolder_isRefused() throws IOException {
    ECKey key = open().signing();
    Path file = temp.resolve("data").resolve("keys").resolve(key.getKeyID() + ".jwk");
    Files.writeString(file, key.toPublicJWK().toJSONString());

    assertThatThrownBy(this::open).hasMessageContaining("private P-256 key");
  }

  @Test
  void verifying_publishedKeys_haveNoPrivatePart() {
    SigningKeys keys = open();

    assertThat(keys.verifying().getKeys()).isNotEmpty().noneMatch(key -> key.isPrivate());
    assertThat(keys.verifying().toString()).doesNotContain("\"d\"");
  }

  private SigningKeys open() {
    return new SigningKeys(files, clock, TOKEN);
  }

  private static List<String> ids(SigningKeys keys) {
    return keys.verifying().getKeys().stream().map(key -> key.getKeyID()).toList();
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}

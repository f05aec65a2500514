// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.platform.web.Problem;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PasswordsTest {

  private static final Runnable NOTHING = () -> {};

  private final Passwords passwords = passwords(8192, 1);

  @Test
  void verify_rightPassword_isTrueInEveryUnicodeForm() {
    String hash = passwords.hash("jos\u00e9 \uff41\uff42\uff43", NOTHING);

    assertThat(passwords.verify("jos\u00e9 \uff41\uff42\uff43", hash, NOTHING)).isTrue();
    assertThat(passwords.verify("jose\u0301 abc", hash, NOTHING)).isTrue();
    assertThat(passwords.verify("jose abc", hash, NOTHING)).isFalse();
  }

  @Test
  void hash_storedForm_isPhcWithSaltAndParameters() {
    String hash = passwords.hash("a password", NOTHING);

    assertThat(hash)
        .matches("\\$argon2id\\$v=19\\$m=8192,t=1,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}")
        .isNotEqualTo(passwords.hash("a password", NOTHING));
  }

  @Test
  void verify_knownHash_isStillUnderstood() {
    String stored = "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$";

    assertThat(passwords.verify("a password", stored + "A".repeat(43), NOTHING)).isFalse();
  }

  @Test
  void verify_noAccount_isFalseAfterTheSameSteps() {
    AtomicInteger turns = new AtomicInteger();

    assertThat(passwords.verify("a password", null, turns::incrementAndGet)).isFalse();
    assertThat(turns).hasValue(1);
  }

  @Test
  void outdated_onlyWhenCostWasRaised() {
    String cheap = passwords.hash("a password", NOTHING);
    Passwords dearer = passwords(9216, 2);

    assertThat(passwords.outdated(cheap)).isFalse();
    assertThat(dearer.outdated(cheap)).isTrue();
    assertThat(dearer.verify("a password", cheap, NOTHING)).isTrue();
  }

  @Test
  void hash_refusedBeforeWork_freesThePlace() {
    assertThatThrownBy(
            () ->
                passwords.hash(
                    "a password",
                    () -> {
                      throw Problem.notFound();
                    }))
        .isInstanceOf(Problem.class);

    assertThat(passwords.hash("a password", NOTHING)).isNotEmpty();
  }

  private static Passwords passwords(int memoryKib, int iterations) {
    SecurityProperties.Hashing cost =
        new SecurityProperties.Hashing(memoryKib, iterations, 1, 0, Duration.ZERO);
    return new Passwords(cost, new HashingGate(1, 0, Duration.ZERO), new SecureRandom());
  }
}

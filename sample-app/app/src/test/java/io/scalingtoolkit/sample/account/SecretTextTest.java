// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.account.AccountRequests.Names;
import io.scalingtoolkit.sample.account.AccountRequests.PasswordChange;
import io.scalingtoolkit.sample.account.AccountRequests.ProfileBody;
import io.scalingtoolkit.sample.account.AccountRequests.Registration;
import io.scalingtoolkit.sample.account.AccountRequests.Update;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a log statement or exception prints of these values, nothing personal is in it. */
class SecretTextTest {

  private static final String SECRET = "secret-7f3a@example.org";

  static Stream<Object> values() {
    EmailAddress email = new EmailAddress(SECRET, SECRET);
    Username username = new Username(SECRET, SECRET);
    AccountView.Profile profile = new AccountView.Profile(SECRET, null);
    return Stream.of(
        new ProfileBody(SECRET),
        new Registration(SECRET, SECRET, SECRET, new ProfileBody(SECRET)),
        new Registration.Wanted(new Names(email, username, SECRET), SECRET),
        new Update(SECRET, SECRET, new ProfileBody(SECRET)),
        new Names(email, username, SECRET),
        new PasswordChange(SECRET, SECRET),
        new PasswordChange.Exchange(SECRET, SECRET),
        new SessionController.Login(SECRET, SECRET),
        new SessionController.Refresh(SECRET),
        new SessionService.Tokens("id", SECRET, "Bearer", 1, SECRET, 1),
        email,
        username,
        profile,
        new AccountRow("id", email, username, SECRET, profile, 1, 1, 1),
        new AccountRow("id", email, username, SECRET, profile, 1, 1, 1).view());
  }

  @ParameterizedTest
  @MethodSource("values")
  void toString_value_hidesWhatItHolds(Object value) {
    assertThat(value.toString()).doesNotContain("secret-7f3a");
  }
}

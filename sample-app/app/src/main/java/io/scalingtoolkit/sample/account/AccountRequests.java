// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.security.PasswordPolicy;
import io.scalingtoolkit.sample.platform.web.FieldError;
import io.scalingtoolkit.sample.platform.web.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The bodies of the account calls and the checks that turn them into values. All broken rules of a
 * body are reported together. The text forms of the records hold nothing personal or secret.
 */
final class AccountRequests {

  private static final int LONGEST_PROFILE_NAME = 200;
  private static final String REQUIRED = "is required";

  private AccountRequests() {}

  /** The part of the profile that the user may write. */
  record ProfileBody(@Nullable String name) {

    @Override
    public String toString() {
      return "ProfileBody[…]";
    }
  }

  /** A registration. */
  record Registration(
      @Nullable String email,
      @Nullable String username,
      @Nullable String password,
      @Nullable ProfileBody profile) {

    Wanted checked(PasswordPolicy policy) {
      List<FieldError> errors = new ArrayList<>();
      EmailAddress address = parse("email", email, EmailAddress::parse, errors);
      Username name = parse("username", username, Username::parse, errors);
      checkPassword("password", password, policy, List.of(text(email), text(username)), errors);
      String profileName = profileName(profile, errors);
      if (address == null || name == null || password == null || !errors.isEmpty()) {
        throw Problem.unprocessable(errors);
      }
      return new Wanted(new Names(address, name, profileName), password);
    }

    /** A registration whose fields keep the rules; immutable. */
    record Wanted(Names names, String password) {

      @Override
      public String toString() {
        return "Wanted[…]";
      }
    }

    @Override
    public String toString() {
      return "Registration[…]";
    }
  }

  /** A replacement of the user. */
  record Update(@Nullable String email, @Nullable String username, @Nullable ProfileBody profile) {

    Names checked() {
      List<FieldError> errors = new ArrayList<>();
      EmailAddress address = parse("email", email, EmailAddress::parse, errors);
      Username name = parse("username", username, Username::parse, errors);
      String profileName = profileName(profile, errors);
      if (address == null || name == null || !errors.isEmpty()) {
        throw Problem.unprocessable(errors);
      }
      return new Names(address, name, profileName);
    }

    @Override
    public String toString() {
      return "Update[…]";
    }
  }

  /** What a user can choose about the own account, checked; immutable. */
  record Names(EmailAddress email, Username username, @Nullable String profileName) {

    @Override
    public String toString() {
      return "Names[…]";
    }
  }

  /** A change of the password. */
  record PasswordChange(@Nullable String currentPassword, @Nullable String newPassword) {

    Exchange checked(PasswordPolicy policy, AccountRow account) {
      List<FieldError> errors = new ArrayList<>();
      if (currentPassword == null) {
        errors.add(new FieldError("currentPassword", REQUIRED));
      }
      List<String> own = List.of(account.email().text(), account.username().text());
      checkPassword("newPassword", newPassword, policy, own, errors);
      if (currentPassword == null || newPassword == null || !errors.isEmpty()) {
        throw Problem.unprocessable(errors);
      }
      return new Exchange(currentPassword, newPassword);
    }

    /** Both passwords; immutable. */
    record Exchange(String current, String next) {

      @Override
      public String toString() {
        return "Exchange[…]";
      }
    }

    @Override
    public String toString() {
      return "PasswordChange[…]";
    }
  }

  private static <T> @Nullable T parse(
      String field, @Nullable String input, Function<String, T> parser, List<FieldError> errors) {
    if (input == null) {
      errors.add(new FieldError(field, REQUIRED));
      return null;
    }
    try {
      return parser.apply(input);
    } catch (InvalidNameException invalid) {
      errors.add(new FieldError(field, invalid.rule()));
      return null;
    }
  }

  private static void checkPassword(
      String field,
      @Nullable String password,
      PasswordPolicy policy,
      List<String> ownNames,
      List<FieldError> errors) {
    String violation =
        password == null ? REQUIRED : policy.violation(password, ownNames.toArray(String[]::new));
    if (violation != null) {
      errors.add(new FieldError(field, violation));
    }
  }

  private static @Nullable String profileName(
      @Nullable ProfileBody profile, List<FieldError> errors) {
    String name = profile == null ? null : profile.name();
    if (name == null) {
      return null;
    }
    if (name.codePointCount(0, name.length()) > LONGEST_PROFILE_NAME) {
      errors.add(
          new FieldError(
              "profile.name", "must have at most " + LONGEST_PROFILE_NAME + " characters"));
    } else if (name.codePoints().anyMatch(Character::isISOControl)) {
      errors.add(new FieldError("profile.name", "must not contain control characters"));
    }
    return name;
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}

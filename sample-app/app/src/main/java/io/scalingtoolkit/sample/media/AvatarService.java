// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import io.scalingtoolkit.sample.account.AccountView;
import io.scalingtoolkit.sample.account.ProfilePictures;
import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/**
 * Keeps file, row and profile link of an avatar in step; the file is complete before the
 * transaction begins. Thread-safe.
 */
@Service
final class AvatarService {

  private final AvatarRows rows;
  private final AvatarOwnership ownership;
  private final ProfilePictures profiles;
  private final Transactions transactions;
  private final Clock clock;

  AvatarService(
      AvatarRows rows,
      AvatarOwnership ownership,
      ProfilePictures profiles,
      Transactions transactions,
      Clock clock) {
    this.rows = rows;
    this.ownership = ownership;
    this.profiles = profiles;
    this.transactions = transactions;
    this.clock = clock;
  }

  /** Links a stored file to the user and drops the one before. */
  AccountView replace(String userId, String name, @Nullable String ifMatch) {
    return transactions.write(
        userId,
        () -> {
          AccountView account = profiles.changeAvatar(userId, AvatarOwnership.PATH + name, ifMatch);
          ownership.erase(userId);
          rows.insert(name, userId, Micros.now(clock));
          return account;
        });
  }

  /** Removes the user's avatar, if there is one. */
  void remove(String userId, @Nullable String ifMatch) {
    transactions.write(
        userId,
        () -> {
          AccountView account = profiles.changeAvatar(userId, null, ifMatch);
          ownership.erase(userId);
          return account;
        });
  }
}

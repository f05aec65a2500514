// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import io.scalingtoolkit.sample.account.AccountView;
import io.scalingtoolkit.sample.account.ProfilePictures;
import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.privacy.PersonalData;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Keeps file, row and profile link of an avatar in step. The file is complete before the
 * transaction begins and its predecessor goes after the commit; what a crash leaves between the two
 * has no row, and the sweep at the next start takes it. Thread-safe; open only for Spring's proxy.
 */
@Service
class AvatarService implements PersonalData {

  /** Where pictures are served. */
  static final String PATH = "/avatars/";

  private static final Logger LOG = LoggerFactory.getLogger(AvatarService.class);

  private final AvatarRows rows;
  private final AvatarFiles files;
  private final ProfilePictures profiles;
  private final Clock clock;

  AvatarService(AvatarRows rows, AvatarFiles files, ProfilePictures profiles, Clock clock) {
    this.rows = rows;
    this.files = files;
    this.profiles = profiles;
    this.clock = clock;
  }

  /** Links a stored file to the user and drops the one before. */
  @Transactional
  AccountView replace(String userId, String name, @Nullable String ifMatch) {
    AccountView account = profiles.changeAvatar(userId, PATH + name, ifMatch);
    dropRows(userId);
    rows.insert(name, userId, Micros.now(clock));
    return account;
  }

  /** Removes the user's avatar; does nothing more when there is none. */
  @Transactional
  void remove(String userId, @Nullable String ifMatch) {
    profiles.changeAvatar(userId, null, ifMatch);
    dropRows(userId);
  }

  @Override
  public String section() {
    return "avatars";
  }

  @Override
  public Object export(String userId) {
    return rows.namesOf(userId).stream().map(name -> Map.of("url", PATH + name)).toList();
  }

  @Override
  public void erase(String userId) {
    dropRows(userId);
  }

  /** Deletes the files without a row that an earlier process left behind. */
  @Transactional(readOnly = true)
  void sweep() {
    int deleted = files.sweep(rows.names()::contains);
    if (deleted > 0) {
      LOG.info("avatars.swept: {} files without an owner were deleted", deleted);
    }
  }

  private void dropRows(String userId) {
    List<String> names = rows.namesOf(userId);
    rows.deleteOf(userId);
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCommit() {
            names.forEach(AvatarService.this::deleteFile);
          }
        });
  }

  private void deleteFile(String name) {
    try {
      files.delete(name);
    } catch (UncheckedIOException e) {
      LOG.warn("avatars.left: a file was not deleted; the sweep of the next start takes it", e);
    }
  }
}

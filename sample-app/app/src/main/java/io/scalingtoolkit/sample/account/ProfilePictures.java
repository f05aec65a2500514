// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import org.jspecify.annotations.Nullable;

/**
 * The link from a user's profile to the picture that the media feature stores. Thread-safe; every
 * call is one short transaction, or joins the transaction of its caller.
 */
public interface ProfilePictures {

  /**
   * Sets or clears the link and writes the audit entry.
   *
   * @param userId id of an existing user
   * @param avatarUrl path of the picture, or null for none
   * @param ifMatch the If-Match header as received, or null when absent
   * @return the user after the change
   */
  AccountView changeAvatar(String userId, @Nullable String avatarUrl, @Nullable String ifMatch);

  /**
   * Reads the user with its link.
   *
   * @param userId id of a user
   * @return the user; a user that does not exist is the problem 404
   */
  AccountView account(String userId);
}

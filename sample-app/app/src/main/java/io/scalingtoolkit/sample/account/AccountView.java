// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import com.fasterxml.jackson.annotation.JsonIgnore;
import org.jspecify.annotations.Nullable;

/**
 * A user as the API shows it, without anything secret; immutable.
 *
 * @param id UUID of the user
 * @param email e-mail address as the user wrote it
 * @param username user name as the user wrote it
 * @param profile what the user tells about themselves
 * @param createdAt time of registration, RFC 3339 in UTC with microseconds
 * @param updatedAt time of the last change, RFC 3339 in UTC with microseconds
 * @param version counts the changes from 1; source of the ETag and not part of the JSON
 */
public record AccountView(
    String id,
    String email,
    String username,
    Profile profile,
    String createdAt,
    String updatedAt,
    @JsonIgnore long version) {

  /**
   * The optional part of a user.
   *
   * @param name display name, up to 200 characters
   * @param avatarUrl path of the picture, or null when there is none
   */
  public record Profile(@Nullable String name, @Nullable String avatarUrl) {

    /** Names the type only: logs hold nothing personal. */
    @Override
    public String toString() {
      return "Profile[…]";
    }
  }

  /** Names the id only: logs hold nothing personal. */
  @Override
  public String toString() {
    return "AccountView[" + id + "]";
  }
}

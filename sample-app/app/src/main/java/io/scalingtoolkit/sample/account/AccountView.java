// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A user as the API shows it, without anything secret; immutable.
 *
 * @param id UUID of the user
 * @param email e-mail address as the user wrote it
 * @param username user name as the user wrote it
 * @param profile what the user tells about themselves
 * @param createdAt time of registration, in whole microseconds
 * @param updatedAt time of the last change, in whole microseconds
 * @param version counts the changes from 1; source of the ETag and not part of the JSON
 */
public record AccountView(
    String id,
    String email,
    String username,
    Profile profile,
    Instant createdAt,
    Instant updatedAt,
    @JsonIgnore long version) {

  /**
   * The optional part of a user.
   *
   * @param name display name, up to 200 characters
   * @param avatarUrl path of the picture, or null when there is none
   */
  public record Profile(@Nullable String name, @Nullable String avatarUrl) {}
}

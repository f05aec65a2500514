// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;

/**
 * What the media feature needs from the feature that owns users; implemented there. Implementations
 * are thread-safe and join the write transaction of the caller.
 */
public interface AvatarHolder {

  /**
   * Sets or clears {@code profile.avatarUrl} and gives the user a new version.
   *
   * @param userId the user, already known to be the caller
   * @param avatarUrl path of the picture on this server, null for none
   * @param ifMatch the If-Match header as received, null when absent; checked against the user
   * @return the answer of the call that shows the user: 200 with ETag
   * @throws io.scalingtoolkit.sample.platform.web.Problem 404 when the user is gone, 412 when
   *     If-Match names another version
   */
  ResponseEntity<?> setAvatar(String userId, @Nullable String avatarUrl, @Nullable String ifMatch);
}

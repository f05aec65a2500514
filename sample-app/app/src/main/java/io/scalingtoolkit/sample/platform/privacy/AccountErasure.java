// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.privacy;

import java.util.List;

/**
 * The part of a feature that forgets a user. Implement it as a Spring bean in every feature that
 * stores rows or files of users.
 *
 * <p>Deleting an account calls {@link #eraseRows} of every implementation in one transaction. What
 * lies outside the database cannot take part in that transaction, so its references are stored with
 * it and handed to {@link #eraseOutside} after the commit, and again after a restart until the call
 * returns normally.
 *
 * <p>Implementations are thread-safe.
 */
public interface AccountErasure {

  /**
   * The stable name under which references of this feature are stored, for example {@code avatar}.
   *
   * @return 1 to 50 characters, unique among the implementations, never changed
   */
  String name();

  /**
   * Deletes every row of the user in the transaction that the caller has opened.
   *
   * @param userId id of the user
   * @return references (each up to 500 characters) to what must go outside the database, for
   *     example file names; empty when there is nothing
   */
  List<String> eraseRows(String userId);

  /**
   * Removes what one reference names; called at least once after the rows are gone, so a reference
   * that names nothing any more is a success.
   *
   * @param reference a value that {@link #eraseRows} returned
   */
  default void eraseOutside(String reference) {}
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.Locale;
import java.util.Objects;

/**
 * The outcome of reading an encoded bookmark: accepted, or ignored for a reason.
 *
 * <p>Ignoring is a result, not an error, because the text comes from outside and the caller can go
 * on without it. Immutable.
 */
public sealed interface Decoded permits Decoded.Accepted, Decoded.Ignored {

  /** Returns the bookmark read, or the empty one if the text was ignored. */
  Bookmark bookmark();

  /** Tells whether the text was accepted. */
  default boolean isAccepted() {
    return this instanceof Accepted;
  }

  /** A bookmark that was read in full and, if the codec has keys, is authentic. */
  record Accepted(Bookmark bookmark) implements Decoded {
    public Accepted {
      Objects.requireNonNull(bookmark, "bookmark");
    }
  }

  /** A text of which nothing was used. */
  record Ignored(Reason reason) implements Decoded {
    public Ignored {
      Objects.requireNonNull(reason, "reason");
    }

    @Override
    public Bookmark bookmark() {
      return Bookmark.empty();
    }
  }

  /** Why a text was ignored. */
  enum Reason {
    /** There was no text: null or empty. */
    ABSENT,
    /** The text is longer than {@link BookmarkCodec#MAX_CHARS}. */
    TOO_LONG,
    /** The text is not canonical base64url without padding. */
    NOT_BASE64,
    /** The first byte names a version this release does not read. */
    UNKNOWN_VERSION,
    /** The codec has keys and the bookmark has no signature. */
    UNSIGNED,
    /** The bookmark is signed with a key that this codec does not have. */
    UNKNOWN_KEY,
    /** The signature does not belong to the content. */
    BAD_SIGNATURE,
    /** The content breaks off, goes on too long or breaks a rule of the format. */
    MALFORMED,
    /** A position is refused by the type that its tag names. */
    BAD_POSITION;

    /** Returns the value of the metric tag {@code outcome} for this reason. */
    String tagValue() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}

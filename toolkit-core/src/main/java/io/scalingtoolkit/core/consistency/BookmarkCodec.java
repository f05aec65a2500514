// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * The translator between bookmarks and the short URL-safe texts that travel in headers and cookies.
 *
 * <p>One codec per process is enough; build it with {@link #builder()}. Reading never fails: a text
 * that is forged, foreign or unreadable is ignored and counted under {@code
 * toolkit.bookmark.decodes}. Writing never drops a guarantee: what does not fit is written as
 * unresolved, which costs reads from the primary, and is counted under {@code
 * toolkit.bookmark.encodes}.
 *
 * <p>A client that holds a text replaces it by the next one it is given; only processes merge.
 * Without keys anyone can write a bookmark, the worst effect being that their own reads go to the
 * primary. Thread-safe; it does not block.
 */
public final class BookmarkCodec {
  /** The longest text that is read or written, in characters. */
  public static final int MAX_CHARS = 8192;

  /** The shortest limit that {@link Builder#maxChars} accepts, in characters. */
  public static final int MIN_MAX_CHARS = 96;

  private static final int DEFAULT_MAX_CHARS = 2048;

  private final WireFormat format;
  private final BookmarkKeys keys;
  private final CodecCounters counters;
  private final int maxBytes;

  private BookmarkCodec(Builder builder) {
    format = new WireFormat(PositionTypes.of(builder.types));
    keys = BookmarkKeys.of(builder.signingKey, builder.verifyingKeys);
    counters = new CodecCounters(builder.registry);
    maxBytes = builder.maxChars * 3 / 4;
  }

  /** Returns a builder for a codec that knows no type, has no key and counts nothing. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the text for {@code bookmark}: characters of {@code A-Z a-z 0-9 - _}, at least 3 of
   * them and never more than {@link Builder#maxChars}.
   *
   * <p>If the bookmark is larger, its largest positions are written as unresolved until it fits; if
   * not even that is enough, the text stands for {@link Bookmark#unresolved()}. Equal bookmarks
   * give equal texts.
   *
   * @throws IllegalArgumentException if a position has a type tag that is not 1 to 8 characters of
   *     {@code a-z} and {@code 0-9}
   */
  public String encode(Bookmark bookmark) {
    BookmarkKey key = keys.signing();
    int overhead = key == null ? 1 : 1 + 1 + key.id().length() + BookmarkKey.SIGNATURE_BYTES;
    BookmarkEntries entries = new BookmarkEntries(bookmark);
    boolean fits = !bookmark.isEveryUnresolved() && entries.shrinkTo(maxBytes - overhead);

    WireWriter out = new WireWriter();
    int flags = (key == null ? 0 : WireFormat.SIGNED) | (fits ? 0 : WireFormat.EVERY_UNRESOLVED);
    out.writeByte((WireFormat.VERSION << 4) | flags);
    if (key != null) {
      out.writeText(key.id());
    }
    if (fits) {
      entries.writeTo(out);
      counters.count(
          entries.isExact() ? CodecCounters.Encoding.EXACT : CodecCounters.Encoding.UNRESOLVED);
    } else {
      out.writeLength(0);
      counters.count(CodecCounters.Encoding.OVERFLOW);
    }
    if (key != null) {
      byte[] content = out.toBytes();
      out.writeBytes(key.sign(content, content.length));
    }
    return Base64Url.encode(out.toBytes());
  }

  /**
   * Reads a text, whatever it is and wherever it comes from, and never throws.
   *
   * <p>A codec with keys accepts only what one of them signed; a codec without keys accepts only
   * unsigned texts. Memory use is bounded by a small multiple of the text's length, and nothing but
   * the length is looked at beyond {@link #MAX_CHARS}.
   *
   * @param text what a client sent, or null if it sent nothing
   */
  public Decoded decode(@Nullable String text) {
    return counters.count(read(text));
  }

  private Decoded read(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return new Decoded.Ignored(Decoded.Reason.ABSENT);
    }
    if (text.length() > MAX_CHARS) {
      return new Decoded.Ignored(Decoded.Reason.TOO_LONG);
    }
    byte[] bytes = Base64Url.decode(text);
    if (bytes == null) {
      return new Decoded.Ignored(Decoded.Reason.NOT_BASE64);
    }
    int first = bytes[0] & 0xff;
    if (first >> 4 != WireFormat.VERSION) {
      return new Decoded.Ignored(Decoded.Reason.UNKNOWN_VERSION);
    }
    int flags = first & 0x0f;
    if ((flags & ~(WireFormat.SIGNED | WireFormat.EVERY_UNRESOLVED)) != 0) {
      return new Decoded.Ignored(Decoded.Reason.MALFORMED);
    }
    boolean everyUnresolved = (flags & WireFormat.EVERY_UNRESOLVED) != 0;
    if ((flags & WireFormat.SIGNED) != 0) {
      return readSigned(bytes, everyUnresolved);
    }
    if (keys.signing() != null) {
      return new Decoded.Ignored(Decoded.Reason.UNSIGNED);
    }
    return format.readEntries(new WireReader(bytes, 1, bytes.length), everyUnresolved);
  }

  private Decoded readSigned(byte[] bytes, boolean everyUnresolved) {
    int end = bytes.length - BookmarkKey.SIGNATURE_BYTES;
    WireReader in = new WireReader(bytes, 1, end);
    String keyId = in.readText();
    if (in.failed()) {
      return new Decoded.Ignored(Decoded.Reason.MALFORMED);
    }
    BookmarkKey key = keys.verifying(keyId);
    if (key == null) {
      return new Decoded.Ignored(Decoded.Reason.UNKNOWN_KEY);
    }
    if (!key.verifies(bytes, end)) {
      return new Decoded.Ignored(Decoded.Reason.BAD_SIGNATURE);
    }
    return format.readEntries(in, everyUnresolved);
  }

  /** A recipe for a codec; confined. */
  public static final class Builder {
    private final List<PositionType> types = new ArrayList<>();
    private final List<BookmarkKey> verifyingKeys = new ArrayList<>();
    private @Nullable BookmarkKey signingKey;
    private @Nullable MeterRegistry registry;
    private int maxChars = DEFAULT_MAX_CHARS;

    private Builder() {}

    /** Adds a position type. Positions of types not added are carried through unread. */
    public Builder type(PositionType type) {
      types.add(Objects.requireNonNull(type, "type"));
      return this;
    }

    /**
     * Adds the position types that {@link ServiceLoader} finds on the class path of this thread.
     *
     * @throws java.util.ServiceConfigurationError if a listed type cannot be loaded
     */
    public Builder discoveredTypes() {
      ServiceLoader.load(PositionType.class).forEach(types::add);
      return this;
    }

    /** Signs every text with {@code key}, and from then on accepts signed texts only. */
    public Builder signingKey(BookmarkKey key) {
      signingKey = Objects.requireNonNull(key, "key");
      return this;
    }

    /**
     * Accepts texts signed with {@code key} beside those of the signing key.
     *
     * <p>To change the key without ignoring a bookmark: add the new one here in every process, then
     * make it the signing key and keep the old one here, then drop the old one when no client holds
     * a text signed with it.
     */
    public Builder verifyingKey(BookmarkKey key) {
      verifyingKeys.add(Objects.requireNonNull(key, "key"));
      return this;
    }

    /** Counts what is read and written in {@code registry}. */
    public Builder meterRegistry(MeterRegistry registry) {
      this.registry = Objects.requireNonNull(registry, "registry");
      return this;
    }

    /**
     * Limits what {@link #encode} gives, 2048 characters unless set; reading is not affected.
     *
     * @param maxChars {@value #MIN_MAX_CHARS} to {@value #MAX_CHARS}
     * @throws IllegalArgumentException if it is outside that range
     */
    public Builder maxChars(int maxChars) {
      if (maxChars < MIN_MAX_CHARS || maxChars > MAX_CHARS) {
        throw new IllegalArgumentException(
            "maxChars must be from " + MIN_MAX_CHARS + " to " + MAX_CHARS + ", was " + maxChars);
      }
      this.maxChars = maxChars;
      return this;
    }

    /**
     * Returns the codec.
     *
     * @throws IllegalArgumentException if two types share a tag, two keys share an id, or there are
     *     verifying keys and no signing key
     */
    public BookmarkCodec build() {
      return new BookmarkCodec(this);
    }
  }
}

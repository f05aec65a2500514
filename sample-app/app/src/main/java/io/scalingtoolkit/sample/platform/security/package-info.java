/**
 * Who is calling and what that caller may do: password hashing, signing keys, access tokens and the
 * filter chain. Features see only {@link io.scalingtoolkit.sample.platform.security.Caller} and the
 * few services that the account feature needs.
 */
@NullMarked
package io.scalingtoolkit.sample.platform.security;

import org.jspecify.annotations.NullMarked;

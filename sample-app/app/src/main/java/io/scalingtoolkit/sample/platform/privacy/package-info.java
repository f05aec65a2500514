/**
 * What a feature must offer because it stores something about a person. The account feature calls
 * every implementation for an export and for an erasure.
 */
@NullMarked
package io.scalingtoolkit.sample.platform.privacy;

import org.jspecify.annotations.NullMarked;

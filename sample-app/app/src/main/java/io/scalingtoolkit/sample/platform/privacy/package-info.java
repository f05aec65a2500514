/**
 * What every feature that stores something about a user has to offer: {@link
 * io.scalingtoolkit.sample.platform.privacy.AccountErasure} and {@link
 * io.scalingtoolkit.sample.platform.privacy.AccountExport}. The account feature collects all
 * implementations and calls them when a user deletes the account or asks for the stored data.
 */
@NullMarked
package io.scalingtoolkit.sample.platform.privacy;

import org.jspecify.annotations.NullMarked;

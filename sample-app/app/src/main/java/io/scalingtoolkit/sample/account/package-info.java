/**
 * Accounts and sessions: register, log in, refresh, log out, read, update, delete and export. Entry
 * types are the two controllers; other features see {@link
 * io.scalingtoolkit.sample.account.ProfilePictures}.
 */
@NullMarked
package io.scalingtoolkit.sample.account;

import org.jspecify.annotations.NullMarked;

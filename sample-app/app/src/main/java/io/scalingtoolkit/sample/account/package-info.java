/**
 * Accounts and sessions: register, log in, refresh, log out, read, update, delete and export. Other
 * features see {@link io.scalingtoolkit.sample.account.ProfilePictures} and {@link
 * io.scalingtoolkit.sample.account.AccountView}.
 */
@NullMarked
package io.scalingtoolkit.sample.account;

import org.jspecify.annotations.NullMarked;

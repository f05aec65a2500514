/**
 * Accounts and sessions: register, log in, refresh, log out, read, update, delete and export. Entry
 * types are the two controllers; other features need only {@link
 * io.scalingtoolkit.sample.account.AccountView}.
 */
@NullMarked
package io.scalingtoolkit.sample.account;

import org.jspecify.annotations.NullMarked;

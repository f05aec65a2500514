/**
 * The record of what happened to each account, in which a change of the past shows. Entry type is
 * {@link io.scalingtoolkit.sample.platform.audit.AuditLog}.
 */
@NullMarked
package io.scalingtoolkit.sample.platform.audit;

import org.jspecify.annotations.NullMarked;

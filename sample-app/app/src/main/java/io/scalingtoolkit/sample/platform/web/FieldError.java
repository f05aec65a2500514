// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

/**
 * One broken rule about one field of a request body. Immutable.
 *
 * @param field path of the field in the body, for example {@code profile.name}
 * @param message the rule, as a phrase that follows the field name; never the value
 */
public record FieldError(String field, String message) {}

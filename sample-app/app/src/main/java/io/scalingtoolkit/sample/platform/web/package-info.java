/**
 * The HTTP contract that all features keep: problem details, entity tags, versions, idempotency and
 * strict JSON. Entry types are Problem, Etags and Idempotency.
 */
@NullMarked
package io.scalingtoolkit.sample.platform.web;

import org.jspecify.annotations.NullMarked;

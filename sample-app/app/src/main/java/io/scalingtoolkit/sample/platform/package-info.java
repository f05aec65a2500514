/**
 * What every feature shares and no feature owns: identifiers and time as the database keeps it. The
 * sub-packages wire storage, web, security and operation.
 */
@NullMarked
package io.scalingtoolkit.sample.platform;

import org.jspecify.annotations.NullMarked;

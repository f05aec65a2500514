/** Tests that hold the documentation and the whole tree to the house rules. */
@NullMarked
package io.scalingtoolkit.docs;

import org.jspecify.annotations.NullMarked;

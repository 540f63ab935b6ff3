/** Proofs of sender: whether what came to a source was sent by the one who knows its secret. */
@NullMarked
package io.waypost.intake.source.proof;

import org.jspecify.annotations.NullMarked;

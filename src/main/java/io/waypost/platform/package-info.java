/** What every part stands on: the clock, ids, durations, errors, JSON, encryption, settings. */
@NullMarked
package io.waypost.platform;

import org.jspecify.annotations.NullMarked;

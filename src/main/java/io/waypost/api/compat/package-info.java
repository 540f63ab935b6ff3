/**
 * The calls by which clients of MAILINGWORK, Benchmark, Mailjet and GetResponse manage their webhooks, so that they work
 * here unchanged. What they make are ordinary subscriptions. No rule of its own.
 */
@NullMarked
package io.waypost.api.compat;

import org.jspecify.annotations.NullMarked;

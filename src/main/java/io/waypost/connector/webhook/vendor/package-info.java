/** Bodies of webhooks as the systems people come from write them: GemMail, MAILINGWORK, Benchmark, Mailjet, GetResponse. */
@NullMarked
package io.waypost.connector.webhook.vendor;

import org.jspecify.annotations.NullMarked;

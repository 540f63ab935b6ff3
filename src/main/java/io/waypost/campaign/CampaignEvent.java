package io.waypost.campaign;

import java.time.Instant;

/**
 * An event of the log, as far as it matters to a campaign.
 *
 * @param seq its place in the log
 * @param data JSON
 */
public record CampaignEvent(long seq, Instant receivedAt, String tenant, String type, String data) {}

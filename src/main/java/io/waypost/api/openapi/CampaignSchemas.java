package io.waypost.api.openapi;

import io.swagger.v3.oas.annotations.media.Schema;

/** What campaigns look like, for the OpenAPI document only. */
public final class CampaignSchemas {

    private CampaignSchemas() {}

    @Schema(name = "Campaign")
    public record Campaign(
            @Schema(description = "The publisher's or the vendor's: data.campaign.id of the events")
            String id,

            String tenant,

            @Schema(types = {"string", "null"}) String name,

            @Schema(format = "date-time", description = "When its first event was received")
            String firstAt,

            @Schema(format = "date-time", description = "When its last event was received")
            String lastAt,

            @Schema(description = "How often each happened") Events events,

            @Schema(
                    description = "To how many different contacts, by their e-mail address or else id; up to some"
                            + " dozens exact, give or take one, beyond with a standard error of 1.7 %")
            Contacts contacts,

            Rates rates) {}

    @Schema(name = "CampaignEvents")
    public record Events(
            long delivered,
            long opened,
            long clicked,
            long bounced,
            long blocked,
            long complained,
            long optedOut,
            long goalReached) {}

    @Schema(name = "CampaignContacts")
    public record Contacts(
            @Schema(description = "It was delivered to them, or it bounced, or both")
            long sent,

            long delivered,
            long opened,
            long clicked,
            long bounced,
            long blocked,
            long complained,
            long optedOut,
            long goalReached) {}

    @Schema(name = "CampaignRates", description = "0 to 1, of contacts; null while nobody has told what was delivered")
    public record Rates(
            @Schema(
                    types = {"number", "null"},
                    description = "Opened, of those delivered to")
            Double open,

            @Schema(
                    types = {"number", "null"},
                    description = "Clicked, of those delivered to")
            Double click,

            @Schema(
                    types = {"number", "null"},
                    description = "Bounced, of those sent to")
            Double bounce) {}
}

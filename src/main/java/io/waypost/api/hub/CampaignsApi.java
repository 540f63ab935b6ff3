package io.waypost.api.hub;

import static io.waypost.tenancy.Scope.READ;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.Owners;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Page;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.CampaignSchemas;
import io.waypost.api.openapi.Shape;
import io.waypost.campaign.Campaign;
import io.waypost.campaign.CampaignStore;
import io.waypost.campaign.Kind;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Tenants;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What became of campaigns: counters and rates. */
@Tag(name = "Campaigns")
@RestController
@RequestMapping("/v1/campaigns")
final class CampaignsApi {

    private static final String LIST = "campaigns";
    private static final int DECIMALS = 4;

    private final CampaignStore campaigns;
    private final Owners owners;

    CampaignsApi(CampaignStore campaigns, Owners owners) {
        this.campaigns = campaigns;
        this.owners = owners;
    }

    @Operation(
            operationId = "getCampaigns",
            summary = "List campaigns with their counts, the one that was heard of first last")
    @Shape(
            gives = CampaignSchemas.Campaign.class,
            list = true,
            query = {"tenant", "id"})
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.require(READ);
        var tenant = owners.listed(caller, query);
        var id = query.text("id");
        var before = query.cursor(LIST, Long::valueOf);
        var limit = query.limit();
        query.verify();
        var found = campaigns.list(tenant, id, before == null ? Long.MAX_VALUE : before, limit + 1);
        return Answers.ok(Page.of(LIST, found, limit, c -> Long.toString(c.first()), CampaignsApi::json));
    }

    @Operation(
            operationId = "getCampaignById",
            summary = "A campaign's counts; within a second of what happened, or of what a source was told")
    @Shape(gives = CampaignSchemas.Campaign.class, query = "tenant")
    @GetMapping("/{id}")
    ResponseEntity<byte[]> get(Caller caller, @PathVariable String id, Query query) {
        caller.require(READ);
        var tenant = owners.listed(caller, query);
        query.verify();
        return Answers.ok(campaigns
                .find(tenant == null ? Tenants.DEFAULT : tenant, id)
                .map(CampaignsApi::json)
                .orElseThrow(() -> Refused.notFound("The campaign")));
    }

    private static ObjectNode json(Campaign campaign) {
        var json = Json.object();
        json.put("id", campaign.id());
        json.put("tenant", campaign.tenant());
        json.put("name", campaign.name());
        json.put("firstAt", campaign.firstAt().toString());
        json.put("lastAt", campaign.lastAt().toString());
        var events = json.putObject("events");
        var contacts = json.putObject("contacts");
        for (var kind : Kind.values()) {
            // One event more if it is delivered and bounces: only the contacts make sense.
            if (kind != Kind.SENT) {
                events.put(name(kind), campaign.count(kind).events());
            }
            contacts.put(name(kind), campaign.count(kind).contacts());
        }
        json.putObject("rates")
                .put("open", rounded(campaign.openRate()))
                .put("click", rounded(campaign.clickRate()))
                .put("bounce", rounded(campaign.bounceRate()));
        return json;
    }

    private static String name(Kind kind) {
        return switch (kind) {
            case SENT -> "sent";
            case DELIVERED -> "delivered";
            case OPENED -> "opened";
            case CLICKED -> "clicked";
            case BOUNCED -> "bounced";
            case BLOCKED -> "blocked";
            case COMPLAINED -> "complained";
            case OPTED_OUT -> "optedOut";
            case GOAL_REACHED -> "goalReached";
        };
    }

    private static @Nullable BigDecimal rounded(@Nullable Double rate) {
        return rate == null ? null : BigDecimal.valueOf(rate).setScale(DECIMALS, RoundingMode.HALF_UP);
    }
}

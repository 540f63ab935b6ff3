package io.waypost.event.summary;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waypost.platform.Json;
import java.io.IOException;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Each type of the catalogue, with its example, in a sentence. */
class SummariesTest {

    private static final String SENTENCES = """
            subscriber.opted_in: Erika Beispiel joined the list Newsletter
            subscriber.opted_out: ana@example.com left the list 1, reason: link
            subscriber.profile_updated: The profile of ana@example.com changed: city
            subscriber.email_changed: ana@example.com has another e-mail address: ana@example.org
            subscriber.cleaned: gone@example.com was taken off the lists, reason: bounce
            subscriber.moved: ana@example.com was moved from the list Trial to Customers
            subscriber.copied: ana@example.com of the list Trial was put on Customers as well
            subscriber.rejected: ana@example.com was refused, reason: blocklist
            message.delivered: A message reached ana@example.com
            message.opened: Ana Silva opened February offers
            message.clicked: Ana Silva clicked a link in February offers: https://shop.example.com/offers?utm_source=news
            message.bounced: A message to gone@example.com bounced: user unknown
            message.blocked: A message to ana@example.com was held back: preblocked
            message.complained: ana@example.com marked a message as spam
            sms.clicked: ana@example.com clicked a link in the text message Flash sale: https://shop.example.com/sale
            goal.reached: friend@example.com reached the goal Purchase
            survey.answered: friend@example.com answered How are we doing, Score: 9
            import.finished: The import i42 ended: finished
            report.file_status_changed: The file of the report r42 is ready
            campaign.sent: The campaign February offers went out
            user.registered: Ana Silva made an account
            payment.completed: A payment of 49.90 EUR went through by card
            file.uploaded: The file report.pdf was uploaded
            order.created: The order o42 came in: 99.80 EUR
            inventory.updated: There are 17 of A-1 in stock now
            account.balance_changed: The balance of the account a42 is -12.50 EUR now
            webhook.deactivated: The subscription crm was deactivated: timeout
            webhook.on_backup: The subscription mailjet sends to its backup URL now: timeout
            webhook.reactivated: The subscription crm gets events again, 120 had been kept for it
            webhook.delivery_exhausted: A delivery of the subscription crm was given up after 10 attempts: http_status
            webhook.buffer_closed: The buffer of the subscription crm takes no more events; it has 5210
            webhook.test: This is a test of the subscription crm
            """;

    private final Summaries summaries = Summaries.shipped();

    @Test
    void eachTypeOfTheCatalogueIsToldInASentence() throws IOException {
        var told = new ArrayList<String>();
        try (var catalogue = getClass().getResourceAsStream("/event-types/catalogue.yaml")) {
            for (var type : new YAMLMapper().readTree(catalogue).required("types")) {
                var name = type.required("name").textValue();
                told.add(name + ": " + summaries.of(event(name, null, type.required("example"))));
            }
        }
        assertThat(told).containsExactlyElementsOf(SENTENCES.lines().toList());
    }

    @Test
    void aTypeNobodyKnowsIsToldByItsNameAndSubject() {
        assertThat(summaries.of(event("acme.done", null, Json.object()))).isEqualTo("acme.done");
        assertThat(summaries.of(event("acme.done", "job 7", Json.object()))).isEqualTo("acme.done: job 7");
    }

    @Test
    void dataOfAnotherShapeIsToldByTypeAndSubject() {
        for (var data : new String[] {"null", "7", "{\"contact\":null}", "{\"contact\":{\"email\":\"\"}}", "[{}]"}) {
            assertThat(summaries.of(event("message.opened", "mail 7", Json.read(data))))
                    .isEqualTo("message.opened: mail 7");
        }
    }

    private static JsonNode event(String type, String subject, JsonNode data) {
        return Json.object().put("type", type).put("subject", subject).set("data", data);
    }
}

package io.waypost.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class ContactsTest {

    @Test
    void whoeverComesAgainCountsOnce() {
        var contacts = Contacts.none();

        contacts.add("ana@example.com");
        contacts.add(" ANA@Example.com");
        contacts.add("bob@example.com");

        assertThat(contacts.count()).isEqualTo(2);
    }

    @Test
    void someDozensAreCountedAndManyEstimatedInTheSameSpace() {
        var contacts = Contacts.none();
        assertThat(contacts.count()).isZero();

        for (int i = 1; i <= 200_000; i++) {
            contacts.add("contact-%d@example.com".formatted(i));
            if (i <= 100) {
                assertThat(contacts.count()).isCloseTo(i, within(1L));
            }
        }

        assertThat(contacts.count()).isCloseTo(200_000L, Percentage.withPercentage(5));
        assertThat(contacts.bytes()).hasSize(2_048);
    }

    @Test
    void whoIsInBothSetsCountsOnceInTheSum() {
        var sum = Contacts.of(of(0, 100).bytes()).add(of(50, 150));

        assertThat(sum.count()).isCloseTo(150, within(1L));
    }

    private static Contacts of(int from, int until) {
        var contacts = Contacts.none();
        IntStream.range(from, until).forEach(i -> contacts.add("id-" + i));
        return contacts;
    }
}

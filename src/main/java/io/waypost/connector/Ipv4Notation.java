package io.waypost.connector;

import java.util.regex.Pattern;

/** Tells a plain IPv4 address from the notations that one program reads so and another one otherwise. */
final class Ipv4Notation {

    private static final Pattern NUMBER = Pattern.compile("0[xX][0-9a-fA-F]*|[0-9]+");
    private static final Pattern PLAIN = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");

    private Ipv4Notation() {}

    /**
     * The host as it is, but an address without a final dot.
     *
     * @throws Ambiguous if the host ends in a number, but is not four decimal numbers from 0 to 255
     */
    static String plain(String host) {
        var bare = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        var labels = bare.split("\\.");
        var isNumber =
                labels.length > 0 && NUMBER.matcher(labels[labels.length - 1]).matches();
        if (isNumber && !(PLAIN.matcher(bare).matches() && small(labels))) {
            throw new Ambiguous(
                    "must not write an address in an ambiguous way (%s); an IPv4 address is four decimal numbers from 0 to 255, without leading zeros"
                            .formatted(host));
        }
        return isNumber ? bare : host;
    }

    private static boolean small(String[] numbers) {
        for (var number : numbers) {
            if (Integer.parseInt(number) > 255) {
                return false;
            }
        }
        return true;
    }

    static final class Ambiguous extends IllegalArgumentException {

        private static final long serialVersionUID = 1;

        private Ambiguous(String message) {
            super(message);
        }
    }
}

package io.waypost.subscription.filter;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;

/** Values of JSON that are equal as patterns see it have equal keys: 1, 1.0 and 1e0 are one number, and never text. */
public final class Scalars {

    /** For null, which maps do not take. */
    private static final Object NULL = new Object();

    private Scalars() {}

    /** @param scalar no object and no array */
    public static Object key(JsonNode scalar) {
        return switch (scalar.getNodeType()) {
            case STRING -> scalar.textValue();
            case NUMBER -> number(scalar);
            case BOOLEAN -> scalar.booleanValue();
            default -> NULL;
        };
    }

    private static Object number(JsonNode number) {
        if (number.isIntegralNumber() && number.canConvertToLong()) {
            return number.longValue();
        }
        var decimal = number.decimalValue();
        var plain = decimal.signum() == 0 ? BigDecimal.ZERO : decimal.stripTrailingZeros();
        return plain.scale() <= 0 && plain.precision() - plain.scale() < 19 ? (Object) plain.longValue() : plain;
    }
}

package io.waypost.intake.source.proof;

import io.waypost.intake.source.Parameters;
import io.waypost.intake.source.Posting;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** All that a request says that could be the secret. */
record SharedSecret(List<String> said) {

    private static final String BASIC = "basic ";
    private static final String BEARER = "bearer ";

    static SharedSecret of(Posting posting) {
        var said = new ArrayList<String>();
        for (var parameter : Parameters.of(posting.query())) {
            if (parameter.name().equals(Parameters.SECRET)) {
                said.add(parameter.value());
            }
        }
        var authorization = String.valueOf(posting.header("authorization"));
        if (authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            said.add(authorization.substring(BEARER.length()).strip());
        } else if (authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            var decoded = Signatures.decode(
                    "base64", authorization.substring(BASIC.length()).strip());
            var credentials = new String(decoded, StandardCharsets.UTF_8);
            said.add(credentials);
            said.add(credentials.substring(credentials.indexOf(':') + 1));
        }
        return new SharedSecret(said);
    }

    boolean has(String secret) {
        var found = false;
        for (var one : said) {
            found |= Signatures.same(Signatures.utf8(secret), Signatures.utf8(one));
        }
        return found;
    }
}

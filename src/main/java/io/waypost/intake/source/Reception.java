package io.waypost.intake.source;

import io.waypost.connector.ExpressionFailed;
import io.waypost.platform.Invalid;
import io.waypost.platform.Refused;
import java.time.Duration;
import org.springframework.stereotype.Service;

/** Takes what vendors post. */
@Service
public class Reception {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final SourceKinds kinds;
    private final Rejections rejections;

    public Reception(SourceKinds kinds, Rejections rejections) {
        this.kinds = kinds;
        this.rejections = rejections;
    }

    /**
     * The vendor of a source.
     *
     * @throws Refused (overloaded) while its route does not run, as shortly after the start
     */
    public SourceKind kind(Source source) {
        return running(source).kind();
    }

    private SourceKinds.Running running(Source source) {
        return kinds.running(source.kind())
                .orElseThrow(() -> Refused.overloaded("The route of this source does not run", RETRY_AFTER));
    }

    /**
     * Sends a post through the route of its vendor, and returns when its events are on disk. What is refused for what it
     * says is kept as rejected.
     *
     * @throws NotProven if its sender does not prove to know the secret
     * @throws Refused (malformed; too large; overloaded)
     * @throws Invalid if an event breaks the tenant's own schema of its type
     */
    public void take(Source source, Posting posting) {
        var running = running(source);
        try {
            running.way().take(source, posting);
        } catch (NotProven | Invalid e) {
            throw rejected(source, posting, e);
        } catch (ExpressionFailed e) {
            rejected(source, posting, e);
            throw Refused.malformed("This is nothing that can be read: " + Rejections.reason(e));
        } catch (Refused e) {
            throw e.reason() == Refused.Reason.OVERLOADED ? e : rejected(source, posting, e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("the route of %s failed".formatted(source.kind()), e);
        }
    }

    /** Notes what was refused before it could be read whole. */
    public void tooLarge(Source source, Refused e) {
        rejections.add(source, Rejections.reason(e), "");
    }

    private RuntimeException rejected(Source source, Posting posting, RuntimeException e) {
        var text = posting.isGet() ? Parameters.withoutSecret(posting.query()) : posting.text();
        rejections.add(source, Rejections.reason(e), text);
        return e;
    }
}

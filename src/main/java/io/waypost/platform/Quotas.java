package io.waypost.platform;

/** How much of everything one tenant may have stored. A port of this package. */
public interface Quotas {

    /** What is counted. */
    enum Kind {
        SUBSCRIPTIONS("subscriptions"),
        CONNECTIONS("connections"),
        SOURCES("sources"),
        EVENT_TYPES("event-types"),
        KEYS("keys");

        private final String setting;

        Kind(String setting) {
            this.setting = setting;
        }

        /** The last part of the setting's name, {@code waypost.quotas.…}; also what they are called. */
        public String setting() {
            return setting;
        }

        /** What they are called in a sentence. */
        public String words() {
            return setting.replace('-', ' ');
        }
    }

    /**
     * To be asked before something is stored. Nodes count each for itself, so that together they may let a few more pass.
     *
     * @param more how many come to be: 1, or 0 if something that is there changes
     * @param characters by how much the texts of all of them grow; less than 0 is as good as 0
     * @throws Invalid if that is more than a tenant may have; the message names the limit and its setting
     */
    void requireRoom(Kind kind, String tenant, int more, long characters);

    /** The same for one that is new. */
    default void requireRoom(Kind kind, String tenant, long characters) {
        requireRoom(kind, tenant, 1, characters);
    }
}

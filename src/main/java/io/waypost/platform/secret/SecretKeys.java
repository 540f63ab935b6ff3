package io.waypost.platform.secret;

import java.util.List;

/** How a change of the secret key stands on this node. */
public interface SecretKeys {

    /** As of a look a moment ago; read from memory. */
    Status status();

    /**
     * @param looked false before the first look, when nothing is known yet
     * @param former how many rows are not sealed with the present key for their place
     * @param others how many living nodes seal with another key than this one
     * @param unopened how many rows no key of this node opens
     * @param examples at most {@value Unopened#SHOWN} of these, each as its table and id
     */
    record Status(boolean looked, long former, int others, long unopened, List<String> examples) {

        /** Whether nothing needs any key but the present one, nor will. */
        public boolean settled() {
            return looked && former == 0 && others == 0;
        }
    }
}

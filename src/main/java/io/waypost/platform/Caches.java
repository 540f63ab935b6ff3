package io.waypost.platform;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Weigher;

/**
 * Caches whose bound is what they take of memory: what a tenant writes decides about the size of an entry, so a bound on
 * their number is none. What is used often stays.
 */
public final class Caches {

    private static final long MIB = 1024L * 1024;

    private Caches() {}

    /**
     * @param mebibytes what all entries together may take; with less than 1 GiB of heap as much less
     * @param bytes about what one takes, rather too much than too little
     */
    public static <K, V> Cache<K, V> ofMebibytes(long mebibytes, Weigher<K, V> bytes) {
        return Caffeine.newBuilder()
                .maximumWeight(Memory.share(mebibytes * MIB, (int) (1024 / mebibytes)))
                .weigher(bytes)
                .executor(Runnable::run)
                .build();
    }
}

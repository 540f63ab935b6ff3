/** What a start of the gateway is compared with. */
package io.waypost.bench.bare;

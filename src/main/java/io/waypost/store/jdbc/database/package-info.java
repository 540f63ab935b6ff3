/** Access to the database: connections, transactions, migrations and checks at the start, backups. */
@NullMarked
package io.waypost.store.jdbc.database;

import org.jspecify.annotations.NullMarked;

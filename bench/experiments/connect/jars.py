"""The archives of Kafka Connect and of the sink; run as a module it locks them again.

There are two lock files, because the worker loads a sink in a class loader of its own, with its own
versions of the same libraries.
"""

from __future__ import annotations

import sys
from pathlib import Path

from infra.local.jars import write_lock

WORKER_LOCK = Path(__file__).with_name("worker.lock.toml")
SINK_LOCK = Path(__file__).with_name("sink.lock.toml")
WORKER = (
    "org.apache.kafka:connect-runtime:4.3.1",
    "org.apache.kafka:connect-json:4.3.1",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3!",
)
SINK = (
    "io.debezium:debezium-connector-jdbc:3.6.0.Final",
    # The sink requires the pool by a name under which it is no longer published.
    "org.hibernate.orm:hibernate-core:7.2.19.Final",
    "org.hibernate.orm:hibernate-agroal:7.2.19.Final",
    # The embedded PostgreSQL listens only on a Unix socket.
    "com.kohlschutter.junixsocket:junixsocket-common:2.11.1!",
    "com.kohlschutter.junixsocket:junixsocket-native-common:2.11.1!",
)
# Drivers of other databases; a name that only redirects to another archive; and libraries that the
# worker provides to the sink, because they look for their extensions in both places.
UNWANTED = (
    "com.mysql:mysql-connector-j",
    "org.mariadb.jdbc:mariadb-java-client",
    "com.microsoft.sqlserver:mssql-jdbc",
    "com.oracle.database.jdbc:ojdbc11",
    "org.hibernate:hibernate-agroal",
    "com.fasterxml.jackson.core:jackson-annotations",
    "com.fasterxml.jackson.core:jackson-core",
    "com.fasterxml.jackson.core:jackson-databind",
    "com.fasterxml.jackson.datatype:jackson-datatype-jdk8",
)


if __name__ == "__main__":
    for path, coordinates, unwanted in ((WORKER_LOCK, WORKER, ()), (SINK_LOCK, SINK, UNWANTED)):
        count = write_lock(path, coordinates, unwanted)
        sys.stdout.write(f"{count} archives are in {path}\n")

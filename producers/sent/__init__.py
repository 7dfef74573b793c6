"""What this machine has sent: the newest version of every record, by stream and source system.

Kafka and the warehouse are often out of a producer's reach. With its own store a producer finds
the records that a new export corrects, moves to another person, or no longer contains.
"""

from producers.sent.store import SentStore, open_store

__all__ = ["SentStore", "open_store"]

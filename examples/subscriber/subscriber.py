"""Follow retraining triggers with a plain Kafka client: no part of Assay is needed.

    pip install 'confluent-kafka[avro,schemaregistry]'
    python subscriber.py localhost:9092 http://localhost:8081

The registry gives the schema that a trigger was written with, so that a newer Assay needs no change here.
"""

import sys

from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPIC = "models.retrain"


def act(trigger: dict) -> None:
    """Starts a job. Here it only says which."""
    print(
        f"{trigger['kind']} {trigger['domain']}: {trigger['action']} retraining, "
        f"{trigger['rate']:.1%} of {trigger['events']:.0f} failed, {trigger['slo']:.1%} are allowed "
        f"(episode {trigger['episode_id']})",
        flush=True,
    )


def main(brokers: str, registry: str) -> None:
    decode = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    consumer = Consumer({
        "bootstrap.servers": brokers,
        "group.id": "retraining-py",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    })
    consumer.subscribe([TOPIC])
    acted = set()  # keep them where the jobs are: the topic may hold a trigger twice
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise SystemExit(f"read triggers: {message.error()}")
            trigger = decode(message.value(), SerializationContext(TOPIC, MessageField.VALUE))
            if trigger["event_id"] not in acted:
                act(trigger)
                acted.add(trigger["event_id"])
            consumer.commit(message, asynchronous=False)
    finally:
        consumer.close()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:3])
    except KeyboardInterrupt:
        pass

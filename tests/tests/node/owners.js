'use strict';
// The Event Hubs client at several nodes: an owner level takes a partition over and keeps it.

const assert = require('assert');
const { EventHubConsumerClient, earliestEventPosition } = require('@azure/event-hubs');
const { main, until } = require('./lib');

main(async (given) => {
  const hosts = given.hosts.split(' ');
  const at = (host) => given.events.replace(hosts[0], hosts[host]);

  // A client that reads the partition, and what it hears.
  const read = (host, ownerLevel) => {
    const client = new EventHubConsumerClient(given.group, at(host));
    const reader = { events: 0, errors: [], closed: undefined };
    const subscription = client.subscribe(
      given.partition,
      {
        processEvents: async (events) => {
          reader.events += events.length;
        },
        processError: async (error) => {
          reader.errors.push(error);
        },
        processClose: async (reason) => {
          reader.closed = reason;
        },
      },
      { startPosition: earliestEventPosition, maxBatchSize: 1, maxWaitTimeInSeconds: 1, ownerLevel },
    );
    reader.close = async () => {
      await subscription.close();
      await client.close();
    };
    return reader;
  };
  const disconnected = (reader) => reader.errors.some((error) => error.code === 'ReceiverDisconnectedError');

  const plain = read(2);
  await until('a reader', () => plain.events > 0);
  const first = read(0, 1);
  await until('an owner', () => first.events > 0);
  await until('the end of who reads without a level', () => disconnected(plain));
  await plain.close();
  const second = read(1, 5);
  await until('another owner', () => second.events > 0);
  await until('the end of the first owner', () => disconnected(first));
  await first.close();
  const lower = read(2, 4);
  await until('a refusal', () => disconnected(lower));
  assert.strictEqual(lower.events, 0);
  await lower.close();
  assert.ok(!disconnected(second) && second.closed === undefined, 'the owner reads on');
  await second.close();
});

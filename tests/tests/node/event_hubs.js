'use strict';
// The Event Hubs client reads what a device sends: all partitions, from where it is told to begin.

const assert = require('assert');
const { EventHubConsumerClient, earliestEventPosition } = require('@azure/event-hubs');
const { Client, Message } = require('azure-iot-device');
const { Amqp } = require('azure-iot-device-amqp');
const { main, until } = require('./lib');

const COUNT = 20;

main(async (given) => {
  const web = given.transport === 'web-sockets';
  const options = web ? { webSocketOptions: { webSocket: require('ws') } } : {};
  const reader = new EventHubConsumerClient('$Default', given.events, options);
  const about = await reader.getEventHubProperties();
  assert.strictEqual(about.partitionIds.length, 16);
  const before = await reader.getPartitionProperties('0');
  assert.strictEqual(before.partitionId, '0');

  const id = /DeviceId=([^;]*)/.exec(given.device)[1];
  const got = [];
  const subscription = reader.subscribe(
    {
      processEvents: async (events) => {
        for (const event of events) {
          const from = event.systemProperties['iothub-connection-device-id'];
          if (from === id && event.properties && event.properties.story === given.prefix) got.push(event);
        }
      },
      processError: async (error) => {
        throw error;
      },
    },
    { startPosition: earliestEventPosition, maxBatchSize: 50, maxWaitTimeInSeconds: 1 },
  );

  const device = Client.fromConnectionString(given.device, Amqp);
  await device.setOptions({ ca: given.ca });
  await device.open();
  for (let number = 0; number < COUNT; number += 1) {
    const message = new Message(JSON.stringify({ number }));
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.messageId = `m${number}`;
    message.properties.add('story', given.prefix);
    await device.sendEvent(message);
  }
  await device.close();

  await until('all events', () => got.length >= COUNT);
  assert.deepStrictEqual(got.map((event) => event.body.number), [...Array(COUNT).keys()]);
  assert.strictEqual(got[3].messageId, 'm3');
  assert.strictEqual(got[3].contentType, 'application/json');
  assert.strictEqual(got[3].systemProperties['iothub-message-source'], 'Telemetry');
  assert.ok(got[3].enqueuedTimeUtc instanceof Date);
  await subscription.close();
  await reader.close();
});

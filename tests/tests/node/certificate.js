'use strict';
// A device that shows a certificate, over AMQP and over WebSockets; then with one of somebody else.

const assert = require('assert');
const fs = require('fs');
const { Client, Message } = require('azure-iot-device');
const { Amqp, AmqpWs } = require('azure-iot-device-amqp');
const { main } = require('./lib');

async function client(given, transport, file) {
  const text = `HostName=${given.host};DeviceId=${given.id};x509=true`;
  const device = Client.fromConnectionString(text, transport);
  const pem = fs.readFileSync(file, 'utf8');
  const cut = pem.indexOf('-----BEGIN PRIVATE KEY-----');
  const key = pem.slice(cut).split('-----END PRIVATE KEY-----')[0] + '-----END PRIVATE KEY-----\n';
  const cert = pem.replace(key.trim(), '');
  await device.setOptions({ cert, key, ca: given.ca });
  return device;
}

main(async (given) => {
  for (const transport of [Amqp, AmqpWs]) {
    const device = await client(given, transport, given.pem);
    await device.open();
    for (let number = 0; number < 10; number += 1) {
      const message = new Message(`${number}`);
      message.correlationId = given.run;
      await device.sendEvent(message);
    }
    await device.close();

    const stranger = await client(given, transport, given.stranger);
    stranger.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => 0 });
    await assert.rejects(async () => {
      await stranger.open();
      await stranger.sendEvent(new Message('x'));
    }, (error) => error.name === 'UnauthorizedError');
    await stranger.close().catch(() => {});
  }
});

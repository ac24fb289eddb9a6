'use strict';
// The device SDK over AMQP: telemetry, messages, twin and methods, with the service SDK at the other end.

const assert = require('assert');
const { Client, Message } = require('azure-iot-device');
const { Amqp, AmqpWs } = require('azure-iot-device-amqp');
const service = require('azure-iothub');
const { at, main, until } = require('./lib');

async function telemetry(device, prefix) {
  for (let number = 0; number < 20; number += 1) {
    const message = new Message(JSON.stringify({ number }));
    message.messageId = `${prefix}-${number}`;
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.properties.add('number', `${number}`);
    await device.sendEvent(message);
  }
}

/** One message is completed, one rejected, one abandoned and completed when it comes again. */
async function messages(device, back, id) {
  const got = [];
  let abandoned = 0;
  device.on('message', (message) => {
    const body = message.data.toString();
    got.push({ body, message });
    const settled = (error) => assert.ifError(error);
    if (body === 'reject') device.reject(message, settled);
    else if (body === 'abandon' && abandoned++ === 0) device.abandon(message, settled);
    else device.complete(message, settled);
  });
  for (const body of ['complete', 'reject', 'abandon', '']) {
    const command = new Message(body);
    command.messageId = `id-${body}`;
    command.ack = 'full';
    command.properties.add('color', 'ä & b');
    await back.send(id, command);
  }
  await until('all messages', () => got.filter((one) => one.body === 'abandon').length === 2 && got.length === 5);
  const first = got.find((one) => one.body === 'complete').message;
  assert.strictEqual(first.messageId, 'id-complete');
  assert.strictEqual(first.properties.getValue('color'), 'ä & b');
}

async function feedback(receiver, expected) {
  const seen = {};
  receiver.on('message', (message) => {
    for (const record of JSON.parse(message.data.toString())) {
      seen[record.originalMessageId] = record.statusCode;
    }
    receiver.complete(message, (error) => assert.ifError(error));
  });
  await until('feedback', () => Object.keys(expected).every((id) => seen[id]));
  for (const [id, status] of Object.entries(expected)) assert.strictEqual(seen[id], status, id);
}

async function twin(device, registry, id) {
  const twin = await device.getTwin();
  const notified = [];
  twin.on('properties.desired', (patch) => notified.push(patch));
  await new Promise((resolve, reject) => {
    twin.properties.reported.update({ speed: 7 }, (error) => (error ? reject(error) : resolve()));
  });
  const found = (await registry.getTwin(id)).responseBody;
  assert.strictEqual(found.properties.reported.speed, 7);
  for (let interval = 1; interval <= 3; interval += 1) {
    await registry.updateTwin(id, { properties: { desired: { interval } } }, '*');
  }
  await until('notifications', () => notified.some((patch) => patch.interval === 3));
}

async function methods(device, back, id) {
  device.onDeviceMethod('reboot', (request, response) => {
    assert.deepStrictEqual(request.payload, { delay: 3 });
    response.send(299, { done: true }, (error) => assert.ifError(error));
  });
  // The link for it attaches with the first handler.
  let answer;
  for (;;) {
    try {
      const call = { methodName: 'reboot', payload: { delay: 3 }, responseTimeoutInSeconds: 20, connectTimeoutInSeconds: 20 };
      answer = (await back.invokeDeviceMethod(id, call)).result;
      break;
    } catch (error) {
      if (error.name !== 'DeviceNotFoundError') throw error;
    }
  }
  assert.strictEqual(answer.status, 299);
  assert.deepStrictEqual(answer.payload, { done: true });
}

main(async (given) => {
  const web = given.transport === 'web-sockets';
  const device = Client.fromConnectionString(given.device, web ? AmqpWs : Amqp);
  await device.setOptions({ ca: given.ca });
  const id = /DeviceId=([^;]*)/.exec(given.device)[1];
  await device.open();
  await telemetry(device, given.prefix);

  const owner = at(given.owner, given.service);
  const kind = web ? service.Client.fromConnectionString(owner, require('azure-iothub/dist/amqp_ws').AmqpWs)
    : service.Client.fromConnectionString(owner);
  await kind.open();
  const receiver = await new Promise((resolve, reject) => {
    kind.getFeedbackReceiver((error, found) => (error ? reject(error) : resolve(found)));
  });
  const heard = feedback(receiver, {
    'id-complete': 'Success',
    'id-reject': 'Rejected',
    'id-abandon': 'Success',
  });
  await messages(device, kind, id);
  const registry = service.Registry.fromConnectionString(owner);
  await twin(device, registry, id);
  await methods(device, kind, id);
  await heard;
  await kind.close();
  await device.close();
});

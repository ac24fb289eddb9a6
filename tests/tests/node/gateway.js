'use strict';
// A field gateway: many devices on one connection, each with a token of its own.

const assert = require('assert');
const crypto = require('crypto');
const rhea = require('rhea');
const service = require('azure-iothub');
const { at, main, until } = require('./lib');

function token(host, id, key, seconds) {
  const resource = encodeURIComponent(`${host}/devices/${id}`);
  const expiry = Math.floor(Date.now() / 1000) + seconds;
  const signature = crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(`${resource}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}`;
}

class Gateway {
  constructor(host, ca) {
    this.host = host;
    this.answers = new Map();
    this.connection = rhea.create_container({ id: 'gateway' }).connect({
      host, port: 5671, transport: 'tls', ca, hostname: host, reconnect: false,
    });
    this.connection.on('disconnected', () => { this.gone = true; });
  }

  async open() {
    await new Promise((resolve) => this.connection.once('connection_open', resolve));
    this.cbs = this.connection.open_sender('$cbs');
    const replies = this.connection.open_receiver('$cbs');
    replies.on('message', ({ message }) => this.answers.set(message.correlation_id, message.application_properties));
    await new Promise((resolve) => this.cbs.once('sendable', resolve));
  }

  async put(id, sas) {
    const name = crypto.randomUUID();
    this.cbs.send({
      message_id: name, to: '$cbs', reply_to: 'cbs', body: sas,
      application_properties: { operation: 'put-token', type: 'servicebus.windows.net:sastoken', name: `${this.host}/devices/${id}` },
    });
    await until('the answer about a token', () => this.answers.has(name));
    return this.answers.get(name)['status-code'];
  }

  /** A link for telemetry; `error` is why it went, if it did. */
  attach(id) {
    const link = this.connection.open_sender({ name: `events-${id}-${crypto.randomUUID()}`, target: `/devices/${id}/messages/events` });
    link.on('sender_error', () => { link.why = link.error && link.error.condition; });
    link.on('sender_close', () => { link.why = link.why || (link.error && link.error.condition) || 'closed'; });
    link.on('accepted', () => { link.stored = (link.stored || 0) + 1; });
    return link;
  }
}

async function send(link, body) {
  const before = link.stored || 0;
  await until('credit', () => link.sendable());
  link.send({ body: rhea.message.data_section(Buffer.from(body)) });
  await until('acceptance', () => (link.stored || 0) > before || link.why);
}

main(async (given) => {
  const devices = given.devices.split('|').map((text) => ({
    id: /DeviceId=([^;]*)/.exec(text)[1],
    key: /SharedAccessKey=(.*)$/.exec(text)[1],
  }));
  const gateway = new Gateway(given.host, given.ca);
  await gateway.open();

  // A wrong key, a device that is not there: refused, and the connection goes on.
  const wrong = token(given.host, devices[0].id, Buffer.from('0123456789abcdef').toString('base64'), 600);
  assert.strictEqual(await gateway.put(devices[0].id, wrong), 401);
  assert.strictEqual(await gateway.put('sdk-nobody', token(given.host, 'sdk-nobody', devices[0].key, 600)), 404);
  const early = gateway.attach(devices[0].id);
  await until('a refusal', () => early.why);
  assert.strictEqual(early.why, 'amqp:unauthorized-access');

  for (const device of devices) {
    const seconds = device === devices[1] ? 4 : 600;
    assert.strictEqual(await gateway.put(device.id, token(given.host, device.id, device.key, seconds)), 200);
    device.link = gateway.attach(device.id);
    await send(device.link, 'first');
    assert.strictEqual(device.link.stored, 1, device.id);
  }

  // One is disabled: its link goes, the others stay.
  const registry = service.Registry.fromConnectionString(at(given.owner, given.host));
  const found = (await registry.get(devices[2].id)).responseBody;
  await registry.update({ ...found, status: 'disabled' });
  await until('the end of its link', () => devices[2].link.why);
  assert.strictEqual(devices[2].link.why, 'amqp:unauthorized-access');

  // One token runs out (after a grace of ten seconds), another is renewed in place meanwhile.
  assert.strictEqual(await gateway.put(devices[3].id, token(given.host, devices[3].id, devices[3].key, 700)), 200);
  await until('the end of the expired one', () => devices[1].link.why);
  assert.strictEqual(devices[1].link.why, 'amqp:unauthorized-access');

  // The same device elsewhere takes over.
  const other = new Gateway(given.host, given.ca);
  await other.open();
  assert.strictEqual(await other.put(devices[4].id, token(given.host, devices[4].id, devices[4].key, 600)), 200);
  const taken = other.attach(devices[4].id);
  await send(taken, 'second');
  await until('the theft', () => devices[4].link.why);
  assert.strictEqual(devices[4].link.why, 'amqp:link:stolen');

  for (const device of [devices[0], devices[3]]) {
    await send(device.link, 'last');
    assert.strictEqual(device.link.why, undefined, device.id);
    assert.strictEqual(device.link.stored, 2, device.id);
  }
  assert.ok(!gateway.gone);
});

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const zapier = require('zapier-platform-core');
const { app, tester, tenant, receiver, eventually } = require('./gateway');

const { operation } = app.triggers.event;
const OPENED = 'message.opened';

test('the app is whole: everything Zapier asks of a REST-hook trigger and an action is there', async () => {
  const { results } = await zapier.createAppHandler(app)({ command: 'validate' });
  assert.deepEqual(results, [], 'as zapier-platform-cli validate would say');
  for (const part of ['performSubscribe', 'performUnsubscribe', 'perform', 'performList']) {
    assert.equal(typeof operation[part], 'function', `the trigger has ${part}`);
  }
  assert.equal(operation.type, 'hook');
  assert.ok(operation.sample && operation.sample.id, 'the trigger has a sample with an id');
  assert.ok(app.creates.publish.operation.sample.id, 'the action has a sample with an id');
});

test('the connection is tried with the key', async () => {
  const { authData } = await tenant();
  assert.ok(await tester(app.authentication.test, { authData }));
});

test('a wrong key says so', async () => {
  const { authData } = await tenant();
  await assert.rejects(tester(app.authentication.test, { authData: { ...authData, key: 'wrong' } }), /not known/);
});

test('the list of event types holds the catalogue and the tenant\'s own', async () => {
  const { authData, call } = await tenant();
  await call('PUT', '/v1/event-types/coffee.brewed', { description: 'A cup is ready' });
  const types = await tester(app.triggers.event_type.operation.perform, { authData });
  const names = types.map((type) => type.name);
  assert.ok(names.includes(OPENED));
  assert.ok(names.includes('coffee.brewed'));
  assert.deepEqual(Object.keys(types[0]), Object.keys(app.triggers.event_type.operation.sample));
});

test('subscribe, receive what happens, unsubscribe', async () => {
  const { authData, call } = await tenant();
  const zap = await receiver();
  try {
    const bundle = { authData, inputData: { event_type: OPENED }, targetUrl: zap.url, meta: { zap: { name: 'Opens' } } };
    const subscribeData = await tester(operation.performSubscribe, bundle);
    const hook = (await call('GET', `/v1/subscriptions/${subscribeData.id}`)).body;
    assert.equal(hook.app, 'zapier');
    assert.equal(hook.name, 'Zap: Opens');
    assert.equal(hook.config.url, zap.url);

    await call('POST', '/v1/events', { type: OPENED, data: { contact: { email: 'lea@example.com' } } });
    const [{ body }] = await zap.until(1);
    const [result] = await tester(operation.perform, { ...bundle, cleanedRequest: body });
    assert.equal(result.data.contact.email, 'lea@example.com');
    assert.deepEqual(Object.keys(result).sort(), Object.keys(operation.sample).sort());

    await tester(operation.performUnsubscribe, { ...bundle, subscribeData });
    assert.equal((await call('GET', `/v1/subscriptions/${subscribeData.id}`)).status, 404);
    await tester(operation.performUnsubscribe, { ...bundle, subscribeData });
  } finally {
    await zap.close();
  }
});

test('a Zap that is gone (410) takes its hook with it', async () => {
  const { authData, call } = await tenant();
  const zap = await receiver(410);
  try {
    const { id } = await tester(operation.performSubscribe, {
      authData,
      inputData: { event_type: OPENED },
      targetUrl: zap.url,
    });
    await call('POST', '/v1/events', { type: OPENED, data: {} });
    await zap.until(1);
    assert.ok(await eventually(async () => (await call('GET', `/v1/subscriptions/${id}`)).status === 404));
  } finally {
    await zap.close();
  }
});

test('the editor shows the newest events, or the example, in the shape that arrives', async () => {
  const { authData, call } = await tenant();
  const bundle = { authData, inputData: { event_type: OPENED } };
  const [example] = await tester(operation.performList, bundle);
  assert.equal(example.type, OPENED);
  assert.ok(example.id);
  await call('POST', '/v1/events', { type: OPENED, data: { n: 1 } });
  await call('POST', '/v1/events', { type: OPENED, data: { n: 2 } });
  const real = await tester(operation.performList, bundle);
  assert.deepEqual(real.map((event) => event.data.n), [2, 1]);
  assert.deepEqual(Object.keys(real[0]).sort(), Object.keys(operation.sample).sort());
});

test('the action publishes, once for each id of one\'s own', async () => {
  const { authData, call } = await tenant();
  const { perform, sample } = app.creates.publish.operation;
  const inputData = { type: 'order.created', fields: { number: '7' }, event_id: 'zap-7', subject: 'order 7' };
  const first = await tester(perform, { authData, inputData });
  const second = await tester(perform, { authData, inputData });
  assert.deepEqual(Object.keys(first).sort(), Object.keys(sample).sort());
  assert.equal(first.duplicate, false);
  assert.equal(second.duplicate, true);
  assert.equal(second.id, first.id);
  const stored = (await call('GET', `/v1/events/${first.id}`)).body;
  assert.deepEqual([stored.data, stored.subject, stored.source], [{ number: '7' }, 'order 7', '/zapier']);
});

test('data may be JSON, and what is wrong with an event is told with its place', async () => {
  const { authData, call } = await tenant();
  const { perform } = app.creates.publish.operation;
  const json = JSON.stringify({ lines: [{ sku: 'a' }] });
  const { id } = await tester(perform, { authData, inputData: { type: 'order.created', json } });
  assert.equal((await call('GET', `/v1/events/${id}`)).body.data.lines[0].sku, 'a');
  await assert.rejects(tester(perform, { authData, inputData: { type: 'no event!' } }), /\/type/);
  await assert.rejects(tester(perform, { authData, inputData: { type: 'a.b', json: '{' } }), /no JSON/);
});

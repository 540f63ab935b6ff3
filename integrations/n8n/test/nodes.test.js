'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { test } = require('node:test');
const { WaypostApi } = require('../credentials/WaypostApi.credentials');
const { Waypost } = require('../nodes/Waypost/Waypost.node');
const { WaypostTrigger } = require('../nodes/Waypost/WaypostTrigger.node');

const url = process.env.WAYPOST_URL;
const OPENED = 'message.opened';
let tenants = 0;

const call = async (key, method, place, body) => {
  const answer = await fetch(url + place, {
    method,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
};

const tenant = async () => {
  tenants += 1;
  const id = `n8n-${process.pid}-${tenants}`;
  await call(process.env.WAYPOST_KEY, 'POST', '/v1/tenants', { id });
  const scopes = ['manage', 'publish'];
  const made = await call(process.env.WAYPOST_KEY, 'POST', `/v1/tenants/${id}/keys`, { name: 'n8n', scopes });
  return made.body.key;
};

/** What n8n hands to a node, as far as ours use it; requests go out with the headers the credentials name. */
const context = (key, parameters = {}, more = {}) => {
  const data = {};
  const credentials = { url: `${url}/`, key };
  return {
    getCredentials: async () => credentials,
    getNodeParameter: (name, index, otherwise) => parameters[name] ?? otherwise,
    getWorkflowStaticData: () => data,
    getWorkflow: () => ({ id: '1', name: 'Opens' }),
    helpers: {
      returnJsonArray: (items) => items.map((json) => ({ json })),
      async httpRequestWithAuthentication(name, request) {
        assert.equal(name, new WaypostApi().name);
        const template = new WaypostApi().authenticate.properties.headers.Authorization;
        const answer = await fetch(request.url, {
          method: request.method,
          headers: {
            Authorization: template.replace(/^=/, '').replace('{{$credentials.key}}', key),
            'Content-Type': 'application/json',
          },
          body: request.body && JSON.stringify(request.body),
        });
        const text = await answer.text();
        if (!answer.ok) {
          throw Object.assign(new Error(text), { httpCode: String(answer.status) });
        }
        return text ? JSON.parse(text) : undefined;
      },
    },
    ...more,
  };
};

test('what the package names is there', () => {
  const { n8n } = require('../package.json');
  for (const file of [...n8n.nodes, ...n8n.credentials]) {
    assert.ok(fs.existsSync(path.join(__dirname, '..', file)), file);
  }
  for (const node of [new Waypost(), new WaypostTrigger()]) {
    assert.equal(node.description.credentials[0].name, new WaypostApi().name);
    assert.ok(node.methods.loadOptions[node.description.properties[0].typeOptions.loadOptionsMethod]);
  }
});

test('the trigger makes its hook once, receives, and unmakes it', async () => {
  const key = await tenant();
  const received = [];
  let arrived;
  const first = new Promise((resolve) => (arrived = resolve));
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      received.push(JSON.parse(body));
      response.end();
      arrived();
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    const target = `http://127.0.0.1:${server.address().port}/webhook/1/waypost`;
    const n8n = context(key, { events: [OPENED] }, { getNodeWebhookUrl: () => target, getBodyData: () => received[0] });
    const trigger = new WaypostTrigger();
    const { checkExists, create, delete: remove } = trigger.webhookMethods.default;

    assert.equal(await checkExists.call(n8n), false);
    assert.equal(await create.call(n8n), true);
    assert.equal(await checkExists.call(n8n), true);
    assert.equal((await call(key, 'GET', '/v1/subscriptions?app=n8n')).body.data.length, 1);

    await call(key, 'POST', '/v1/events', { type: OPENED, data: { contact: { email: 'lea@example.com' } } });
    await first;
    const { workflowData } = await trigger.webhook.call(n8n);
    assert.equal(workflowData[0][0].json.data.contact.email, 'lea@example.com');

    assert.equal(await remove.call(n8n), true);
    assert.equal(await checkExists.call(n8n), false);
    assert.equal((await call(key, 'GET', '/v1/subscriptions?app=n8n')).body.data.length, 0);
  } finally {
    await new Promise((closed) => server.close(closed));
  }
});

test('the list of event types holds the catalogue', async () => {
  const options = await new WaypostTrigger().methods.loadOptions.eventTypes.call(context(await tenant()));
  assert.ok(options.some((option) => option.value === OPENED && option.description));
});

test('the action publishes each item, once for each id', async () => {
  const key = await tenant();
  const parameters = { type: 'order.created', id: 'n8n-7' };
  const n8n = context(key, parameters, { getInputData: () => [{ json: { number: 7 } }] });

  const [[made]] = await new Waypost().execute.call(n8n);
  const [[again]] = await new Waypost().execute.call(n8n);

  assert.equal(made.json.duplicate, false);
  assert.equal(again.json.duplicate, true);
  const stored = (await call(key, 'GET', `/v1/events/${made.json.id}`)).body;
  assert.deepEqual([stored.data, stored.source], [{ number: 7 }, '/n8n']);
});

'use strict';

const http = require('node:http');
const zapier = require('zapier-platform-core');
const app = require('../index');

const url = process.env.WAYPOST_URL;

const call = async (key, method, path, body) => {
  const answer = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
};

let tenants = 0;

/** A tenant of its own with a key for everything. */
const tenant = async () => {
  tenants += 1;
  const id = `zapier-${process.pid}-${tenants}`;
  await call(process.env.WAYPOST_KEY, 'POST', '/v1/tenants', { id });
  const made = await call(process.env.WAYPOST_KEY, 'POST', `/v1/tenants/${id}/keys`, {
    name: 'zapier',
    scopes: ['manage', 'publish'],
  });
  const key = made.body.key;
  return { key, authData: { url: `${url}/`, key }, call: (...rest) => call(key, ...rest) };
};

/** What Zapier's side of a hook receives. */
const receiver = async (status = 200) => {
  const received = [];
  let arrived = () => {};
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: JSON.parse(body) });
      response.writeHead(status).end();
      arrived();
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const until = async (count) => {
    while (received.length < count) {
      await new Promise((next) => (arrived = next));
    }
    return received;
  };
  return {
    url: `http://127.0.0.1:${server.address().port}/hooks/standard/1/abc`,
    received,
    until,
    close: () => new Promise((closed) => server.close(closed)),
  };
};

/** Looks again until it is so. */
const eventually = async (question) => {
  const end = Date.now() + 15_000;
  for (;;) {
    const answer = await question();
    if (answer || Date.now() > end) {
      return answer;
    }
    await new Promise((again) => setTimeout(again, 50));
  }
};

module.exports = { app, tester: zapier.createAppTester(app), tenant, receiver, eventually };

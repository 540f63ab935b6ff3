'use strict';

/** One request to the gateway, with the credentials of the node. */
async function ask(context, method, path, body) {
  const { url } = await context.getCredentials('waypostApi');
  return context.helpers.httpRequestWithAuthentication.call(context, 'waypostApi', {
    method,
    url: String(url).replace(/\/+$/, '') + path,
    ...(body === undefined ? {} : { body }),
    json: true,
  });
}

/** The event types there are, for the list in the editor. */
async function eventTypes() {
  const options = [];
  let cursor = '';
  do {
    const page = await ask(this, 'GET', `/v1/event-types?limit=250${cursor}`);
    options.push(...page.data.map((type) => ({ name: type.name, value: type.name, description: type.description })));
    cursor = page.next ? `&cursor=${encodeURIComponent(page.next)}` : '';
  } while (cursor);
  return options;
}

module.exports = { ask, eventTypes };

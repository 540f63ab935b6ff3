'use strict';

const { base } = require('../authentication');

/** The event types there are, for the list in the editor. */
const perform = async (z, bundle) => {
  const types = [];
  let cursor;
  do {
    const page = (
      await z.request({ url: `${base(bundle)}/v1/event-types`, params: { limit: 250, ...(cursor && { cursor }) } })
    ).data;
    types.push(...page.data);
    cursor = page.next;
  } while (cursor);
  return types.map((type) => ({
    id: type.name,
    name: type.name,
    title: type.description ? `${type.name}: ${type.description}` : type.name,
  }));
};

module.exports = {
  key: 'event_type',
  noun: 'Event Type',
  display: {
    label: 'Event Types',
    description: 'Lists the event types, for the field of the trigger.',
    hidden: true,
  },
  operation: {
    perform,
    sample: { id: 'message.opened', name: 'message.opened', title: 'message.opened: A message was opened' },
  },
};

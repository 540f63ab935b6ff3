'use strict';

const { base } = require('../authentication');

/** The fields a person filled in, or the JSON text that goes before them. */
const data = (z, input) => {
  if (!input.json) {
    return input.fields || {};
  }
  try {
    return JSON.parse(input.json);
  } catch (e) {
    throw new z.errors.Error(`Data as JSON is no JSON: ${e.message}`, 'InvalidData', 400);
  }
};

const perform = async (z, bundle) => {
  const input = bundle.inputData;
  const event = { type: input.type, source: '/zapier', data: data(z, input) };
  if (input.subject) {
    event.subject = input.subject;
  }
  if (input.event_id) {
    event.id = input.event_id;
  }
  const response = await z.request({ url: `${base(bundle)}/v1/events`, method: 'POST', body: event });
  return { type: input.type, ...response.data.events[0] };
};

module.exports = {
  key: 'publish',
  noun: 'Event',
  display: {
    label: 'Publish Event',
    description: 'Publishes an event, which goes to everybody who subscribed to its type.',
  },
  operation: {
    inputFields: [
      {
        key: 'type',
        label: 'Event type',
        type: 'string',
        required: true,
        dynamic: 'event_type.name.title',
        helpText: 'A type from the list, or a new one: words parted by dots, such as `order.created`.',
      },
      { key: 'fields', label: 'Data', dict: true, required: false },
      {
        key: 'json',
        label: 'Data as JSON',
        type: 'text',
        required: false,
        helpText: 'Instead of the fields above, for data with parts of their own.',
      },
      { key: 'subject', label: 'Subject', type: 'string', required: false, helpText: 'What the event is about.' },
      {
        key: 'event_id',
        label: 'Id',
        type: 'string',
        required: false,
        helpText: 'Of your own. An event whose id was seen before is not published again.',
      },
    ],
    perform,
    sample: { id: 'evt_01k0000000000000000000000', type: 'order.created', duplicate: false },
    outputFields: [
      { key: 'id', label: 'Id', type: 'string' },
      { key: 'type', label: 'Type', type: 'string' },
      { key: 'duplicate', label: 'Seen before', type: 'boolean' },
    ],
  },
};

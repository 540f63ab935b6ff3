'use strict';

const { ask, eventTypes } = require('./gateway');

class Waypost {
  description = {
    displayName: 'Waypost',
    name: 'waypost',
    group: ['output'],
    version: 1,
    description: 'Publishes events',
    defaults: { name: 'Waypost' },
    inputs: ['main'],
    outputs: ['main'],
    credentials: [{ name: 'waypostApi', required: true }],
    properties: [
      {
        displayName: 'Event Type',
        name: 'type',
        type: 'options',
        typeOptions: { loadOptionsMethod: 'eventTypes' },
        default: '',
        required: true,
        description: 'A type from the list, or a new one by an expression',
      },
      {
        displayName: 'Data',
        name: 'data',
        type: 'json',
        default: '={{ $json }}',
        description: 'What the event holds; by default the whole item',
      },
      {
        displayName: 'ID',
        name: 'id',
        type: 'string',
        default: '',
        description: 'Of your own; an event whose ID was seen before is not published again',
      },
    ],
  };

  methods = { loadOptions: { eventTypes } };

  async execute() {
    const items = this.getInputData();
    const events = items.map((item, index) => {
      const data = this.getNodeParameter('data', index, item.json);
      const id = this.getNodeParameter('id', index, '');
      return {
        type: this.getNodeParameter('type', index),
        source: '/n8n',
        data: typeof data === 'string' ? JSON.parse(data) : data,
        ...(id ? { id } : {}),
      };
    });
    const published = [];
    // As many as one request takes.
    for (let from = 0; from < events.length; from += 1000) {
      published.push(...(await ask(this, 'POST', '/v1/events', events.slice(from, from + 1000))).events);
    }
    return [published.map((json, index) => ({ json, pairedItem: { item: index } }))];
  }
}

module.exports = { Waypost };

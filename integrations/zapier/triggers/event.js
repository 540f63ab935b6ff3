'use strict';

const { base } = require('../authentication');
const sample = require('./event_sample.json');

/** Zapier calls: from now on, tell this address. */
const performSubscribe = async (z, bundle) => {
  const response = await z.request({
    url: `${base(bundle)}/hooks`,
    method: 'POST',
    body: {
      target_url: bundle.targetUrl,
      event: bundle.inputData.event_type,
      app: 'zapier',
      name: bundle.meta && bundle.meta.zap && bundle.meta.zap.name ? `Zap: ${bundle.meta.zap.name}` : undefined,
    },
  });
  return response.data;
};

/** The Zap is off. A hook that is gone already is as good as deleted. */
const performUnsubscribe = async (z, bundle) => {
  await z.request({
    url: `${base(bundle)}/hooks/${encodeURIComponent(bundle.subscribeData.id)}`,
    method: 'DELETE',
  });
  return { id: bundle.subscribeData.id };
};

/** What arrived at the address. */
const perform = async (z, bundle) => [bundle.cleanedRequest];

/** What the editor shows before anything has arrived. */
const performList = async (z, bundle) => {
  const response = await z.request({
    url: `${base(bundle)}/hooks/sample`,
    params: { event_type: bundle.inputData.event_type },
  });
  return response.data;
};

module.exports = {
  key: 'event',
  noun: 'Event',
  display: {
    label: 'New Event',
    description: 'Triggers when an event of the chosen type happens.',
  },
  operation: {
    type: 'hook',
    inputFields: [
      {
        key: 'event_type',
        label: 'Event type',
        type: 'string',
        required: true,
        dynamic: 'event_type.name.title',
        helpText: 'A type from the list, or a pattern such as `subscriber.*`.',
      },
    ],
    performSubscribe,
    performUnsubscribe,
    perform,
    performList,
    sample,
    outputFields: [
      { key: 'id', label: 'Id', type: 'string' },
      { key: 'type', label: 'Type', type: 'string' },
      { key: 'timestamp', label: 'Time', type: 'datetime' },
    ],
  },
};

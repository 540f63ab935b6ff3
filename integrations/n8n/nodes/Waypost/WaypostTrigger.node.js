'use strict';

const { ask, eventTypes } = require('./gateway');

class WaypostTrigger {
  description = {
    displayName: 'Waypost Trigger',
    name: 'waypostTrigger',
    group: ['trigger'],
    version: 1,
    description: 'Starts the workflow when an event happens',
    defaults: { name: 'Waypost Trigger' },
    inputs: [],
    outputs: ['main'],
    credentials: [{ name: 'waypostApi', required: true }],
    webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'waypost' }],
    properties: [
      {
        displayName: 'Event Types',
        name: 'events',
        type: 'multiOptions',
        typeOptions: { loadOptionsMethod: 'eventTypes' },
        default: [],
        required: true,
        description: 'Types from the list, or patterns such as subscriber.* by an expression',
      },
    ],
  };

  methods = { loadOptions: { eventTypes } };

  webhookMethods = {
    default: {
      async checkExists() {
        const { hook } = this.getWorkflowStaticData('node');
        if (!hook) {
          return false;
        }
        try {
          const found = await ask(this, 'GET', `/v1/subscriptions/${hook}`);
          return found.config.url === this.getNodeWebhookUrl('default');
        } catch (e) {
          if (Number(e.httpCode ?? e.response?.status) === 404) {
            return false;
          }
          throw e;
        }
      },

      async create() {
        const made = await ask(this, 'POST', '/hooks', {
          target_url: this.getNodeWebhookUrl('default'),
          events: this.getNodeParameter('events'),
          app: 'n8n',
          name: `n8n: ${this.getWorkflow().name ?? this.getWorkflow().id}`,
        });
        this.getWorkflowStaticData('node').hook = made.id;
        return true;
      },

      async delete() {
        const data = this.getWorkflowStaticData('node');
        if (data.hook) {
          await ask(this, 'DELETE', `/hooks/${data.hook}`);
          delete data.hook;
        }
        return true;
      },
    },
  };

  async webhook() {
    return { workflowData: [this.helpers.returnJsonArray([this.getBodyData()])] };
  }
}

module.exports = { WaypostTrigger };

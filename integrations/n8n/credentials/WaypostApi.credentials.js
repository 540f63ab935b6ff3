'use strict';

class WaypostApi {
  name = 'waypostApi';
  displayName = 'Waypost API';
  properties = [
    {
      displayName: 'Gateway',
      name: 'url',
      type: 'string',
      default: '',
      placeholder: 'https://events.example.com',
      required: true,
    },
    {
      displayName: 'Key',
      name: 'key',
      type: 'string',
      typeOptions: { password: true },
      default: '',
      description: 'A key of your tenant with the scopes manage and publish',
      required: true,
    },
  ];
  authenticate = { type: 'generic', properties: { headers: { Authorization: '=Bearer {{$credentials.key}}' } } };
  test = { request: { baseURL: '={{$credentials.url}}', url: '/v1/subscriptions?limit=1' } };
}

module.exports = { WaypostApi };

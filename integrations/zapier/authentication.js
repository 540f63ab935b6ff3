'use strict';

/** The gateway's address, without the slash people copy along. */
const base = (bundle) => String(bundle.authData.url || '').trim().replace(/\/+$/, '');

const authentication = {
  type: 'custom',
  fields: [
    {
      key: 'url',
      label: 'Gateway',
      type: 'string',
      required: true,
      helpText: 'Where your Waypost is reached, such as https://events.example.com.',
    },
    {
      key: 'key',
      label: 'Key',
      type: 'password',
      required: true,
      helpText: 'A key of your tenant with the scopes manage and publish (`POST /v1/tenants/{id}/keys`).',
    },
  ],
  // Answers 401 for a wrong key and 403 for one that cannot even read.
  test: async (z, bundle) => {
    await z.request({ url: `${base(bundle)}/v1/subscriptions`, params: { limit: 1 } });
    return { gateway: base(bundle) };
  },
  connectionLabel: '{{bundle.authData.url}}',
};

const withKey = (request, z, bundle) => {
  if (bundle.authData.key && request.url.startsWith(base(bundle))) {
    request.headers.Authorization = `Bearer ${bundle.authData.key}`;
  }
  return request;
};

/** Errors come as problem+json, which says what to do; a bare status would not. */
const withProblem = (response, z) => {
  if (response.status === 401) {
    throw new z.errors.Error('This key is not known to the gateway; make a new one and connect again', 'AuthenticationError', 401);
  }
  if (response.status === 429 || response.status === 503) {
    throw new z.errors.ThrottledError(
      'The gateway is busy', Number(response.getHeader('retry-after')) || 60);
  }
  if (response.status >= 400 && !response.skipThrowForStatus) {
    let problem = {};
    try {
      problem = JSON.parse(response.content);
    } catch (e) {
      problem = { detail: `The gateway answered ${response.status}` };
    }
    const places = (problem.errors || []).map((e) => `${e.pointer} ${e.detail}`.trim());
    throw new z.errors.Error(places.join('; ') || problem.detail, 'InvalidData', response.status);
  }
  return response;
};

module.exports = { authentication, base, withKey, withProblem };

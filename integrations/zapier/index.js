'use strict';

const { authentication, withKey, withProblem } = require('./authentication');
const event = require('./triggers/event');
const eventType = require('./triggers/event_type');
const publish = require('./creates/publish');

module.exports = {
  version: require('./package.json').version,
  platformVersion: require('zapier-platform-core').version,
  authentication,
  beforeRequest: [withKey],
  afterResponse: [withProblem],
  triggers: {
    [event.key]: event,
    [eventType.key]: eventType,
  },
  searches: {},
  creates: {
    [publish.key]: publish,
  },
};

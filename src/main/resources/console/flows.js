/** The flows: what is in the directory and how it is, and whether a text would be one. */

import { count, element, open, say, whileVisible } from './console.js';
import { check } from './check.js';

const SECONDS = 5;
const STATES = { started: 'Started', failed: 'Failed', stopped: 'Stopped' };

open(flows, (page, api, first) => {
  const part = (id) => page.querySelector(`#${id}`);
  let shown = '';
  let last = null;

  function show(routes) {
    last = new Date();
    say(part('away'), '');
    const time = element('time', '', clockTime(last));
    time.dateTime = last.toISOString();
    part('freshness').replaceChildren('Refreshed at ', time);
    // Left alone unless something has changed: a selection stays, and nothing is read out again.
    const now = JSON.stringify(routes);
    if (now !== shown) {
      shown = now;
      const files = byFile(routes);
      const broken = files.filter(([, of]) => of[0].error).length;
      say(part('summary'), summary(files.length, broken));
      part('none').hidden = files.length > 0;
      part('files').replaceChildren(...files.map(card));
    }
  }

  async function look() {
    try {
      show(await flows(api));
    } catch (problem) {
      if (!api.signal.aborted) {
        say(part('away'), `${problem.message} What is shown is from ${clockTime(last)}. Trying again every ${SECONDS} seconds.`);
      }
    }
  }

  show(first);
  const now = whileVisible(api.signal, SECONDS, look);
  part('refresh').addEventListener('click', now);
  check(page, api);
});

function flows(api) {
  return api.list('v1/routes');
}

function clockTime(date) {
  return date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** The files with their routes, those with an error first. */
function byFile(routes) {
  const files = Map.groupBy(routes, (route) => route.file);
  return [...files].sort(([, a], [, b]) => Boolean(b[0].error) - Boolean(a[0].error));
}

function summary(files, broken) {
  if (files === 0) {
    return 'There is no flow yet.';
  }
  return `${count(files, 'flow')}, ${broken === 0 ? 'none with an error' : `${broken} with an error`}.`;
}

function card([file, routes]) {
  const { error, line } = routes[0];
  const made = element('li', error ? 'card file broken' : 'card file', element('h3', '', element('code', '', file)));
  if (error) {
    made.append(
      element('p', 'error', element('strong', '', `Error in line ${line}`), element('span', '', withoutLine(error, line))),
    );
  }
  made.append(element('ul', 'routes', ...routes.map((route) => row(route, error))));
  return made;
}

function withoutLine(error, line) {
  const said = `line ${line}: `;
  return error.startsWith(said) ? error.slice(said.length) : error;
}

function row(route, error) {
  const state = element('span', `state ${route.state in STATES ? route.state : ''}`, STATES[route.state] ?? route.state);
  const made = element('li', '', element('span', 'route', route.id ?? 'no route can be read'), state);
  if (error && route.state === 'started') {
    made.append(element('span', 'note', 'as it was before'));
  }
  if (route.subscription) {
    made.append(element('span', 'note', 'subscription ', element('code', '', route.subscription)));
  }
  return made;
}

/** The box in which a file of flows is checked. */

import { count, element } from './console.js';

const LINES_AROUND = 2;

/** Makes the box of the page work. */
export function check(page, api) {
  const form = page.querySelector('#check');
  const yaml = page.querySelector('#yaml');
  const button = form.querySelector('button');
  const verdict = page.querySelector('#verdict');
  const excerpt = page.querySelector('#excerpt');
  let asked = 0;

  async function ask() {
    const mine = ++asked;
    const text = yaml.value;
    button.textContent = 'Checking …';
    try {
      const { valid, errors } = await api.post('v1/routes/validate', 'application/yaml', text);
      if (mine === asked) {
        tell(valid ? 'good' : 'bad', valid ? 'Nothing is wrong with it.' : `${count(errors.length, 'mistake')}.`);
        show(text, errors);
      }
    } catch (problem) {
      if (mine === asked && !api.signal.aborted) {
        tell('bad', problem.message);
        show('', []);
      }
    } finally {
      button.textContent = 'Check';
    }
  }

  function tell(kind, text) {
    verdict.className = `verdict ${kind}`;
    verdict.textContent = text;
  }

  function show(text, errors) {
    excerpt.replaceChildren(...rows(text, errors, goTo));
    excerpt.hidden = errors.length === 0;
  }

  /** Selects the line where it can be mended. */
  function goTo(line) {
    const before = linesOf(yaml.value).slice(0, line - 1);
    const start = before.reduce((sum, one) => sum + one.length + 1, 0);
    const end = yaml.value.indexOf('\n', start);
    yaml.focus();
    yaml.setSelectionRange(start, end < 0 ? yaml.value.length : end);
    const height = parseFloat(getComputedStyle(yaml).lineHeight);
    yaml.scrollTop = Math.max(0, (line - 3) * height);
    yaml.scrollLeft = 0;
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask();
  });
  yaml.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      ask();
    }
  });
  yaml.addEventListener('input', () => {
    if (verdict.textContent && !verdict.textContent.endsWith(CHANGED)) {
      verdict.textContent += CHANGED;
      verdict.className = 'verdict';
    }
  });
}

const CHANGED = ' Changed since.';

function linesOf(text) {
  return text.split('\n');
}

/** The lines with a mistake, some around them, and beneath each what is wrong. */
function rows(text, errors, goTo) {
  const lines = linesOf(text);
  const at = Map.groupBy(errors, (error) => Math.min(Math.max(error.line, 1), lines.length));
  const made = [];
  let previous = 0;
  lines.forEach((line, index) => {
    const number = index + 1;
    if (![...at.keys()].some((wrong) => Math.abs(wrong - number) <= LINES_AROUND)) {
      return;
    }
    if (number > previous + 1) {
      made.push(element('li', 'gap', '⋯'));
    }
    previous = number;
    made.push(row(number, line, at.get(number) ?? [], goTo));
  });
  if (previous > 0 && previous < lines.length) {
    made.push(element('li', 'gap', '⋯'));
  }
  return made;
}

function row(number, line, errors, goTo) {
  const made = element('li', errors.length ? 'wrong' : '', element('span', 'number', String(number)), element('code', '', line || ' '));
  for (const error of errors) {
    const button = element('button', 'link', `Line ${error.line}`);
    button.type = 'button';
    button.addEventListener('click', () => goTo(number));
    made.append(element('p', 'detail', button, element('span', '', error.detail)));
  }
  return made;
}

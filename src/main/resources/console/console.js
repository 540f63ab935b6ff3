/** What the pages of the console share: the visitor's key, calls of the API, looking again, and making elements. */

const KEY = 'waypost.key';
const ROOT = new URL('../', import.meta.url);
const PATIENCE = 15_000;

/** What a call of the API came to, if not to an answer. Its status is 0 if there was none. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }

  get isOfKey() {
    return this.status === 401 || this.status === 403;
  }
}

/** The API, called with one key for as long as the signal allows. */
class Api {
  #key;

  constructor(key, signal) {
    this.#key = key;
    this.signal = signal;
    /** Called when the key is no longer good. */
    this.refused = () => {};
  }

  get(path) {
    return this.#call(path, {});
  }

  /** All of a list, page by page. */
  async list(path) {
    const all = [];
    let next = '';
    do {
      const page = await this.get(`${path}?limit=250${next && `&cursor=${encodeURIComponent(next)}`}`);
      all.push(...page.data);
      next = page.next;
    } while (next);
    return all;
  }

  post(path, type, body) {
    return this.#call(path, { method: 'POST', headers: { 'Content-Type': type }, body });
  }

  async #call(path, request) {
    try {
      return await this.#answer(path, request);
    } catch (problem) {
      if (!this.signal.aborted && problem.isOfKey) {
        this.refused(problem);
      }
      throw problem;
    }
  }

  async #answer(path, request) {
    let status = 0;
    try {
      const answer = await fetch(new URL(path, ROOT), {
        ...request,
        headers: { ...request.headers, Authorization: `Bearer ${this.#key}` },
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        signal: AbortSignal.any([this.signal, AbortSignal.timeout(PATIENCE)]),
      });
      status = answer.status;
      const body = await answer.json();
      if (answer.ok) {
        return body;
      }
      throw new Problem(status, body.detail ?? body.title ?? `The gateway answered with the status ${status}.`);
    } catch (e) {
      if (e instanceof Problem) {
        throw e;
      }
      const what = status ? `Something that is not the gateway answered, with the status ${status}.` : 'The gateway does not answer.';
      throw new Problem(status, what);
    }
  }
}

/**
 * Lets the visitor sign in, and then shows the page.
 *
 * @param proof the first call; if it is answered, the key is good
 * @param show fills the page (its element, the API, what the proof gave); it ends when the API's signal does
 */
export function open(proof, show) {
  const signIn = document.getElementById('sign-in');
  const field = document.getElementById('key');
  const problemText = document.getElementById('key-problem');
  const signOut = document.getElementById('sign-out');
  const content = document.getElementById('content');
  let stay = new AbortController();

  async function enter(key) {
    stay.abort();
    const mine = (stay = new AbortController());
    const api = new Api(key, mine.signal);
    complain('');
    try {
      const first = await proof(api);
      if (!mine.signal.aborted) {
        sessionStorage.setItem(KEY, key);
        api.refused = leave;
        welcome(api, first);
      }
    } catch (problem) {
      if (!mine.signal.aborted) {
        if (problem.isOfKey) {
          sessionStorage.removeItem(KEY);
        }
        field.value = key;
        ask(problem.message);
      }
    }
  }

  function welcome(api, first) {
    field.value = '';
    signIn.hidden = true;
    signOut.hidden = false;
    content.replaceChildren(document.getElementById('page').content.cloneNode(true));
    show(content, api, first);
    document.getElementById('main').focus();
  }

  /** Forgets the key and all that was shown. */
  function leave(problem) {
    stay.abort();
    sessionStorage.removeItem(KEY);
    content.replaceChildren();
    ask(problem?.message ?? '');
  }

  function ask(why) {
    signOut.hidden = true;
    signIn.hidden = false;
    complain(why);
    field.focus();
  }

  function complain(why) {
    problemText.textContent = why;
    field.setAttribute('aria-invalid', String(why !== ''));
  }

  document.getElementById('key-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const key = field.value.trim();
    if (/^[\x21-\x7e]+$/.test(key)) {
      enter(key);
    } else {
      ask(key ? 'A key has neither spaces nor letters with accents.' : 'Enter a key.');
    }
  });
  signOut.addEventListener('click', () => leave());

  const kept = sessionStorage.getItem(KEY);
  if (kept) {
    enter(kept);
  } else {
    ask('');
  }
}

/** Calls look again and again while the page can be seen. Returns what does so at once. */
export function whileVisible(signal, seconds, look) {
  let timer;
  let looking = false;

  async function now() {
    clearTimeout(timer);
    if (looking) {
      return;
    }
    looking = true;
    try {
      await look();
    } finally {
      looking = false;
      later();
    }
  }

  function later() {
    clearTimeout(timer);
    if (!signal.aborted && !document.hidden) {
      timer = setTimeout(now, seconds * 1000);
    }
  }

  document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(timer) : now()), { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  later();
  return now;
}

/** An element of a class, with what is in it. Strings become text, whatever they hold. */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) {
    made.className = className;
  }
  made.append(...children);
  return made;
}

/** Sets a text only if it is another one, so that it is read out once. */
export function say(where, text) {
  if (where.textContent !== text) {
    where.textContent = text;
  }
}

/** A number of things in words. */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/** What pages of documentation can do beside being read: filter the list of events, and copy code. */

const SHOWN_SECONDS = 2;

const filter = document.getElementById('filter');
if (filter) {
  offerFilter(filter, document.getElementById('words'), document.getElementById('found'));
}
// Browsers give the clipboard to secure pages only.
if (navigator.clipboard) {
  document.querySelectorAll('.code').forEach(offerCopy);
}

function offerFilter(form, field, found) {
  const groups = [...document.querySelectorAll('.group')];
  const types = groups.flatMap((group) => [...group.querySelectorAll('.type')]);
  const texts = new Map(types.map((type) => [type, type.textContent.toLowerCase()]));

  function apply() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const type of types) {
      type.hidden = !words.every((word) => texts.get(type).includes(word));
    }
    for (const group of groups) {
      group.hidden = [...group.querySelectorAll('.type')].every((type) => type.hidden);
      document.querySelector(`.contents a[href="#${group.id}"]`).parentElement.hidden = group.hidden;
    }
    const left = types.filter((type) => !type.hidden).length;
    found.textContent = words.length ? `${left || 'None'} of ${types.length} types` : '';
  }

  form.hidden = false;
  form.addEventListener('submit', (event) => event.preventDefault());
  field.addEventListener('input', apply);
  // A browser that comes back to the page fills the field again.
  apply();
}

function offerCopy(block) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(block.querySelector('code').textContent);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed';
    }
    setTimeout(() => (button.textContent = 'Copy'), SHOWN_SECONDS * 1000);
  });
  block.append(button);
}

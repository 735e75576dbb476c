// Who one is: the person in the page's address (?as=ada), so that two tabs can be two
// people. become changes it without a reload; both halves of the page may listen.
const first = 'ada';
const listeners = new Set();

export const current = () => new URL(location).searchParams.get('as') || first;

export function become(key) {
  if (key === current()) return;
  const to = new URL(location);
  to.searchParams.set('as', key);
  to.hash = '';
  history.pushState(null, '', to);
  tell();
}

// onChange calls fn(key) after each change, and returns a function that stops it.
export function onChange(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

let told = current();
function tell() {
  if (told === current()) return;
  told = current();
  for (const fn of [...listeners]) fn(told);
}
addEventListener('popstate', tell);

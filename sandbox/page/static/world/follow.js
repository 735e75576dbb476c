// Links that lead out of Slack, into the access portal.
import { current } from '/lib/who.js';

// followAs tells the sandbox's sign-in who follows a link, since one browser is many
// people here: the login goes into a cookie, which all of 127.0.0.1 is sent. It signs
// nobody in; see package browser of the sandbox. The link itself is remembered for the
// guide, because the message loses it when the access ends.
const kept = 'airpass-sandbox-link';

export function lastLink() {
  try { return localStorage.getItem(kept) || ''; } catch { return ''; }
}

export function followAs(state) {
  const hint = (e) => {
    const link = e.target.closest && e.target.closest('a[href]');
    if (!link || new URL(link.href).origin === location.origin) return;
    if (new URL(link.href).pathname.startsWith('/start')) {
      try { localStorage.setItem(kept, link.href); } catch { /* the guide then has no link to offer */ }
    }
    const people = (state() || {}).people || {};
    const login = Object.keys(people).find((l) => people[l].key === current());
    document.cookie = login ? `sandbox-acts-as=${encodeURIComponent(login)}; path=/; SameSite=Lax` : 'sandbox-acts-as=; path=/; max-age=0';
  };
  document.addEventListener('click', hint, true);
  document.addEventListener('auxclick', hint, true);
}

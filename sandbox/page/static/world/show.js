// What the panel's parts share: names, times, and things that flash when they change.
import { html, useEffect, useRef, useState } from '/vendor/preact-htm.js';

// changed flashes for so long (milliseconds), and what has gone stays that long to be seen.
const moment = 3500;

// useNow is the sandbox's time, again each second.
export function useNow(offset) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return Date.now() + offset;
}

const zone = { timeZone: 'UTC', hour12: false };
export const clockTime = (t) => new Date(t).toLocaleTimeString('en-GB', { ...zone, hour: '2-digit', minute: '2-digit' });
export const longTime = (t) => new Date(t).toLocaleTimeString('en-GB', { ...zone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
export const day = (t) => new Date(t).toLocaleDateString('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });

// span says a length of time (milliseconds) in two units: "1 h 5 min".
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const parts = [[Math.floor(s / 86400), 'd'], [Math.floor(s / 3600) % 24, 'h'], [Math.floor(s / 60) % 60, 'min'], [s % 60, 's']];
  const at = parts.findIndex(([n]) => n > 0);
  if (at < 0) return '0 s';
  return parts.slice(at, at + 2).filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}`).join(' ');
}

// until says when something ends, and in how long.
export const until = (t, now) => {
  const left = new Date(t) - now;
  return left > 0 ? `until ${clockTime(t)} UTC, ${span(left)} left` : `ended ${clockTime(t)} UTC`;
};

// Person is somebody by name, with the login where the name does not tell.
export const Person = ({ login, people }) => html`<span class="w-person" title=${login}>${people[login] ? people[login].name : login || 'somebody'}</span>`;

export const Chip = ({ kind = '', hint, children }) => html`<span class=${`w-chip ${kind}`} title=${hint}>${children}</span>`;

// Section is one system, which can be folded.
export const Section = ({ id, title, about, badge, children }) => html`<details class="w-section" id=${`world-${id}`} open>
  <summary><h2>${title}</h2>${badge && html`<span class="w-badge">${badge}</span>`}</summary>
  <p class="w-about">${about}</p>
  ${children}
</details>`;

export const Part = ({ title, hint, children }) => html`<div class="w-part"><h3 title=${hint}>${title}</h3>${children}</div>`;

export const Nothing = ({ children }) => html`<p class="w-nothing">${children}</p>`;

// Rows is a list whose rows flash when they come or change, and stay for a moment, struck
// out, when they go. items are {key, sig, row}: sig is what a change is told by. A second
// change while the first still flashes has another class, so that it flashes again; the
// row stays the same element, and keeps the keyboard's focus.
export function Rows({ items, label }) {
  const seen = useRef(null); // key -> {sig, row, at, gone, word, turn}
  const [, again] = useState(0);
  const now = Date.now();
  const first = seen.current === null;
  const before = seen.current || new Map();
  const after = new Map();
  for (const item of items) {
    const old = before.get(item.key);
    const fresh = !first && (!old || old.gone || old.sig !== item.sig);
    after.set(item.key, fresh
      ? { ...item, at: now, word: !old || old.gone ? 'new' : 'changed', turn: old ? 1 - old.turn : 0 }
      : { ...item, at: old && !old.gone ? old.at : 0, word: old && old.word, turn: old ? old.turn : 0 });
  }
  for (const [key, old] of before) {
    if (after.has(key)) continue;
    const at = old.gone ? old.at : now;
    if (now - at < moment) after.set(key, { ...old, at, gone: true, word: 'gone' });
  }
  seen.current = after;
  const recent = [...after.values()].some((r) => now - r.at < moment);
  useEffect(() => {
    if (!recent) return undefined;
    const timer = setTimeout(() => again((n) => n + 1), moment);
    return () => clearTimeout(timer);
  });
  return html`<ul class="w-rows" aria-label=${label}>
    ${[...after.values()].map((r) => html`<li key=${r.key} class=${r.gone ? 'gone' : now - r.at < moment ? `fresh turn${r.turn}` : ''}>
      ${r.row}${now - r.at < moment && html`<span class="w-word">${r.word}</span>`}
    </li>`)}
  </ul>`;
}

// Faces: initials on a colour that follows from the id, and the app's icon.
import { html } from '/vendor/preact-htm.js';
import { store } from '/slack/store.js';

const colours = ['#7a3e9d', '#1f6f8b', '#9a4b1f', '#2f6b3a', '#a3345b', '#3d52a0', '#6b5b12', '#8a2f2f', '#23695c', '#5b4a8a', '#7a4a2b', '#455a64'];

export function Avatar({ id, name, size = 36 }) {
  const style = { width: `${size}px`, height: `${size}px`, borderRadius: `${Math.round(size / 5)}px` };
  if (id === store.state?.app?.user) return html`<img class="avatar" src="/icon.svg" alt="" style=${style} />`;
  let hash = 0;
  for (const c of id || '') hash = (hash * 31 + c.codePointAt(0)) >>> 0;
  const initials = (name || '?').split(/\s+/).map((w) => [...w][0]).filter(Boolean).slice(0, 2).join('').toUpperCase();
  return html`<span class="avatar" aria-hidden="true" style=${{ ...style, background: colours[hash % colours.length], fontSize: `${Math.round(size * 0.4)}px` }}>${initials}</span>`;
}

const marks = { guest: 'Guest', external: 'External', deactivated: 'Deactivated', bot: 'App' };
export const Mark = ({ of }) => (of ? html`<span class=${`mark-badge ${of}`}>${marks[of] || of}</span>` : null);

// What the Slack half knows, and everything a person can do in it. Components read
// the store and call its methods; they never talk to the server themselves.
import { subscribe, post } from '/lib/live.js';
import { current, onChange } from '/lib/who.js';

const listeners = new Set();
// A changed store draws everything anew; Preact finds out what is different.
let drawing = false;
function changed() {
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => { drawing = false; for (const fn of [...listeners]) fn(); });
}

export const store = {
  as: current(),
  state: null,      // what the server sent last
  online: true,
  place: null,      // {kind: 'channel', id} or {kind: 'home'}
  thread: '',       // timestamp of the thread beside the conversation
  toasts: [],
  asking: null,     // a confirmation dialog: {confirm, answer}
  drafts: new Map(), // what is typed but not sent, by conversation and thread
  hidden: new Set(), // ephemeral messages that were dismissed
  shown: {},        // modals: what went wrong, and which fields were edited since
};

export function onStore(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

// now is the sandbox clock in milliseconds.
export const now = () => Date.now() + (store.state ? store.state.ahead_ms : 0);

let stop = () => {};
function watch() {
  stop();
  Object.assign(store, { as: current(), state: null, place: null, thread: '', asking: null, drafts: new Map(), hidden: new Set(), shown: {} });
  pending.clear();
  changed();
  stop = subscribe(`/api/slack/stream?as=${encodeURIComponent(store.as)}`, receive, (up) => {
    if (store.online !== up) { store.online = up; changed(); }
  });
}

function receive(state) {
  store.state = state;
  store.online = true;
  if (!state.me.shut) {
    if (!store.place) store.place = placeOfHash() || landing();
    if (store.place.kind === 'channel' && !channel(store.place.id)) store.place = landing();
  }
  changed();
  for (const one of waiting) if (one.seq <= state.seq) { waiting.delete(one); setTimeout(one.resolve); }
}

// landing is where one begins: the first channel, else the app's messages.
function landing() {
  const all = store.state.channels;
  const first = all.find((c) => c.kind === 'channel') || all.find((c) => c.kind === 'app') || all[0];
  return first ? { kind: 'channel', id: first.id } : { kind: 'home' };
}

function placeOfHash() {
  const what = decodeURIComponent(location.hash.slice(1));
  if (what === 'home') return { kind: 'home' };
  return channel(what) ? { kind: 'channel', id: what } : null;
}

export const channel = (id) => ((store.state && store.state.channels) || []).find((c) => c.id === id);
export const appDM = () => ((store.state && store.state.channels) || []).find((c) => c.kind === 'app');

// go shows a conversation or the app's Home tab.
export function go(place) {
  store.place = place;
  store.thread = '';
  const to = new URL(location);
  to.hash = place.kind === 'home' ? 'home' : place.id;
  history.replaceState(null, '', to);
  if (place.kind === 'home') act({ do: 'home' });
  changed();
}

export function openThread(ts) { store.thread = ts; changed(); }

export function start() {
  onChange(watch);
  addEventListener('hashchange', () => {
    const to = store.state && placeOfHash();
    if (to) { store.place = to; changed(); }
  });
  // Relative times grow old by themselves.
  setInterval(changed, 30000);
  watch();
}

// arrived resolves once the state on the screen shows the change of this number, or
// after two seconds without it.
const waiting = new Set();
function arrived(seq) {
  if (!store.state || store.state.seq >= seq) return Promise.resolve();
  return new Promise((resolve) => {
    const one = { seq, resolve };
    waiting.add(one);
    setTimeout(() => { waiting.delete(one); resolve(); }, 2000);
  });
}

// act does one thing as the person, and resolves when what came of it is on the
// screen. What went wrong is told in a toast, unless quiet.
export async function act(what, { quiet = false } = {}) {
  const as = store.as;
  let out;
  try {
    out = await post(`/api/slack/act?as=${encodeURIComponent(store.as)}`, what);
  } catch (e) {
    out = { ok: false, error: 'unreachable', text: `The sandbox doesn’t answer: ${e.message}` };
  }
  if (!out.ok && !quiet && out.text) toast(out.text, 'bad');
  if (as === store.as && what.do !== 'options') await arrived(out.seq || 0);
  return out;
}

let toastNumber = 0;
export function toast(text, tone = '') {
  const id = ++toastNumber;
  store.toasts = [...store.toasts.slice(-3), { id, text, tone }];
  changed();
  setTimeout(() => dismiss(id), 9000);
}
export function dismiss(id) {
  store.toasts = store.toasts.filter((t) => t.id !== id);
  changed();
}

// ask shows a confirmation dialog and resolves to the answer.
export function ask(confirm) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    const back = document.activeElement;
    store.asking = { confirm, answer: (yes) => {
      store.asking = null;
      changed();
      if (back && back.isConnected) setTimeout(() => back.focus());
      resolve(yes);
    } };
    changed();
  });
}

export const setDraft = (key, text) => store.drafts.set(key, text);

export function hide(ts) { store.hidden = new Set([...store.hidden, ts]); changed(); }

// What is typed goes to the server a moment later, or along with the next click.
const pending = new Map(); // surface key -> Map(field key -> {block, action, chosen})
const sending = new Map(); // field key -> how many are on their way
const timers = new Map();

export const whereOf = (surface) => (surface.view ? { view: surface.view } : { channel: surface.channel, ts: surface.ts });
const keyOf = (surface) => surface.view || `${surface.channel}/${surface.ts}`;
const fieldOf = (surface, block, action) => `${keyOf(surface)}/${block}/${action}`;

export function fillLater(surface, block, action, chosen) {
  const key = keyOf(surface);
  if (!pending.has(key)) pending.set(key, new Map());
  pending.get(key).set(fieldOf(surface, block, action), { block, action, chosen });
  clearTimeout(timers.get(key));
  timers.set(key, setTimeout(() => withTyped(surface, (fill) => fill.length && act({ do: 'fill', ...whereOf(surface), fill }, { quiet: true })), 250));
}

// isPending says whether what was typed into a field is not on the screen's state yet.
export function isPending(surface, block, action) {
  const field = fieldOf(surface, block, action);
  return !!pending.get(keyOf(surface))?.has(field) || sending.get(field) > 0;
}

// withTyped calls go with what was typed and not sent, which counts as pending until
// the promise that go returns is done.
async function withTyped(surface, go) {
  const key = keyOf(surface);
  clearTimeout(timers.get(key));
  const fields = pending.get(key) || new Map();
  pending.delete(key);
  for (const field of fields.keys()) sending.set(field, (sending.get(field) || 0) + 1);
  try {
    return await go([...fields.values()]);
  } finally {
    for (const field of fields.keys()) sending.set(field, sending.get(field) - 1);
  }
}

// touch does something to an element of a message or view, what was typed first.
export async function touch(surface, what) {
  const out = await withTyped(surface, (fill) => act({ ...whereOf(surface), ...what, fill }, { quiet: !!surface.modal || what.do === 'options' }));
  if (surface.modal && what.do !== 'options') trouble(surface.view, out.ok ? '' : out.text || '');
  return out;
}

// trouble notes what to say at the foot of a modal.
function trouble(view, text) {
  const before = store.shown[view] || {};
  store.shown = { ...store.shown, [view]: { ...before, text } };
  changed();
}

export function edited(view, block) {
  if (!view) return;
  const before = store.shown[view] || {};
  if (before.edited?.has(block)) return;
  store.shown = { ...store.shown, [view]: { ...before, edited: new Set([...(before.edited || []), block]) } };
  changed();
}

export async function submit(surface) {
  store.shown = { ...store.shown, [surface.view]: { busy: true, edited: new Set() } };
  changed();
  const out = await touch(surface, { do: 'submit' });
  store.shown = { ...store.shown, [surface.view]: { ...store.shown[surface.view], busy: false } };
  changed();
  return out;
}

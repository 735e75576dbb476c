// Select menus of every kind, and overflow menus, by mouse and keyboard.
import { html, useState, useRef, useEffect, useLayoutEffect } from '/vendor/preact-htm.js';
import { store, touch, ask } from '/slack/store.js';
import { Popover } from '/slack/popover.js';
import { Text, withEmoji, unescape } from '/slack/text.js';
import { useSurface, valueNow, choose, domID } from '/slack/surface.js';

const plain = (of) => (of?.type === 'mrkdwn' ? unescape(of.text || '') : of?.text || '');

// ownOptions are the options an element brings, as {value, text, description, group}.
function ownOptions(e) {
  const one = (o, group = '') => ({ value: o.value, text: plain(o.text), description: plain(o.description), group });
  return [...(e.options || []).map((o) => one(o)),
    ...(e.option_groups || []).flatMap((g) => (g.options || []).map((o) => one(o, plain(g.label))))];
}

// offered are the options of the menus that Slack fills by itself.
function offered(e) {
  const s = store.state;
  const kind = e.type.replace(/^multi_/, '');
  if (kind === 'users_select') {
    return Object.entries(s.users).filter(([, u]) => u.mark !== 'deactivated')
      .map(([value, u]) => ({ value, text: u.name, description: u.title || (u.mark === 'bot' ? 'App' : '') }));
  }
  const place = (c) => ({ value: c.id, text: c.kind === 'app' ? s.app.name : `${c.kind === 'private' ? '🔒 ' : '# '}${c.name}` });
  if (kind === 'channels_select') return s.channels.filter((c) => c.kind === 'channel').map(place);
  if (kind === 'conversations_select') return s.channels.map(place);
  return ownOptions(e);
}

// held are the choices in an element's value, as {value, text}.
function held(e, value) {
  const raw = value.selected_options || (value.selected_option ? [value.selected_option] : null);
  if (raw) return raw.map((o) => ({ value: o.value, text: plain(o.text) }));
  const ids = value.selected_users || value.selected_channels || value.selected_conversations
    || [value.selected_user || value.selected_channel || value.selected_conversation].filter(Boolean);
  const all = offered(e);
  return ids.map((id) => all.find((o) => o.value === id) || { value: id, text: store.state.users[id]?.name || id });
}

// usePicked is what is chosen: what the server holds or, until all that was clicked has
// come back from there, what was clicked last. send(next, go) shows next while go()
// is under way.
export function usePicked(server) {
  const [local, setLocal] = useState(null);
  const under = useRef(0);
  const send = async (next, go) => {
    under.current++;
    setLocal({ value: next });
    try {
      await go();
    } finally {
      under.current--;
      if (under.current === 0) setLocal(null);
    }
  };
  return [local ? local.value : server, send];
}

// useFound are the options for what was typed, asked of the app where it has them.
function useFound(e, block, surface, open, query) {
  const external = e.type.endsWith('external_select');
  const least = e.min_query_length ?? 3;
  const [answer, setAnswer] = useState({ options: [], note: '' });
  useEffect(() => {
    if (!external || !open) return undefined;
    if (query.length < least) { setAnswer({ options: [], note: `Type at least ${least} character${least === 1 ? '' : 's'} to search` }); return undefined; }
    let stale = false;
    setAnswer((a) => ({ ...a, note: 'Loading…' }));
    const timer = setTimeout(async () => {
      const out = await touch(surface, { do: 'options', block: block.block_id, action: e.action_id, text: query });
      if (stale) return;
      if (!out.ok) setAnswer({ options: [], note: 'Result failed to load.' });
      else setAnswer({ options: out.options || [], note: (out.options || []).length ? '' : 'No results' });
    }, 200);
    return () => { stale = true; clearTimeout(timer); };
  }, [external, open, query]);
  if (external) return answer;
  const wanted = query.trim().toLowerCase();
  const options = offered(e).filter((o) => !wanted || `${o.text} ${o.description || ''}`.toLowerCase().includes(wanted));
  return { options, note: options.length ? '' : 'No results' };
}

export function SelectMenu({ block, element: e }) {
  const surface = useSurface();
  const many = e.type.startsWith('multi_');
  const [picked, put] = usePicked(held(e, valueNow(surface, block, e)));
  const [open, setOpen] = useState(false);
  const anchor = useRef();
  const id = domID(surface, block, e);
  const close = (focus) => { setOpen(false); if (focus) anchor.current?.focus(); };
  const send = (next) => put(next, () => choose(surface, block, e, next.map((o) => o.value)));
  const pick = (o) => {
    if (!many) { close(true); send([o]); return; }
    const has = picked.some((p) => p.value === o.value);
    if (!has && e.max_selected_items && picked.length >= e.max_selected_items) return;
    send(has ? picked.filter((p) => p.value !== o.value) : [...picked, o]);
  };
  const error = surface.errors?.[block.block_id];
  const label = plain(block.label) || plain(e.placeholder) || 'Choose an option';
  const onKey = (ev) => {
    if (['ArrowDown', 'ArrowUp'].includes(ev.key) && !open) { ev.preventDefault(); setOpen(true); }
  };
  const clear = !many && picked.length > 0 && block.type === 'input' && block.optional;
  return html`<span class=${`menu${many ? ' many' : ''}`}>
    ${many && picked.map((o) => html`<span class="chip" key=${o.value}>${withEmoji(o.text)}
      <button type="button" aria-label=${`Remove ${o.text}`} onClick=${() => send(picked.filter((p) => p.value !== o.value))}>×</button></span>`)}
    <button type="button" id=${id} ref=${anchor} class=${`select${picked.length && !many ? ' chosen' : ''}`} aria-haspopup="listbox" aria-expanded=${String(open)}
      aria-label=${`${label}${picked.length ? `: ${picked.map((o) => o.text).join(', ')}` : ''}`} aria-invalid=${error ? 'true' : null}
      aria-describedby=${error ? `${id}-error` : null} data-action=${e.action_id} onClick=${() => setOpen(!open)} onKeyDown=${onKey}>
      <span class="select-text">${many || !picked.length ? plain(e.placeholder) || 'Choose an option' : withEmoji(picked[0].text)}</span>
      <span class="caret" aria-hidden="true"></span>
    </button>
    ${clear && html`<button type="button" class="icon-button small" aria-label="Clear" onClick=${() => send([])}>×</button>`}
    ${open && html`<${Popover} anchor=${anchor} wide onClose=${() => setOpen(false)}>
      <${OptionList} ...${{ e, block, surface, picked, many, label, pick, close }} /><//>`}
  </span>`;
}

function OptionList({ e, block, surface, picked, many, label, pick, close }) {
  const [query, setQuery] = useState('');
  const { options, note } = useFound(e, block, surface, true, query);
  const first = Math.max(0, options.findIndex((o) => picked.some((p) => p.value === o.value)));
  const [at, setAt] = useState(first);
  const list = useRef();
  const listID = `${domID(surface, block, e)}-list`;
  useEffect(() => { list.current?.querySelector('.active')?.scrollIntoView({ block: 'nearest' }); }, [at, options.length]);
  const active = Math.min(at, options.length - 1);
  const onKey = (ev) => {
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + 8, PageUp: active - 8 }[ev.key];
    if (to !== undefined) {
      ev.preventDefault();
      const n = options.length;
      if (n) setAt(ev.key.startsWith('Page') ? Math.max(0, Math.min(n - 1, to)) : (to + n) % n);
    } else if (ev.key === 'Enter') {
      ev.preventDefault();
      ev.stopPropagation();
      if (options[active]) pick(options[active]);
    } else if (ev.key === 'Escape') {
      ev.preventDefault();
      ev.stopPropagation();
      close(true);
    } else if (ev.key === 'Tab') close(true);
  };
  return html`<div class="options">
    <input class="filter" type="text" role="combobox" aria-expanded="true" aria-controls=${listID} aria-label=${`Search: ${label}`}
      aria-activedescendant=${options.length ? `${listID}-${active}` : null} placeholder="Search" value=${query} autocomplete="off"
      onInput=${(ev) => { setQuery(ev.target.value); setAt(0); }} onKeyDown=${onKey} />
    <ul role="listbox" onMouseDown=${(ev) => ev.preventDefault()} id=${listID} ref=${list} aria-label=${label} aria-multiselectable=${many ? 'true' : null}>
      ${options.map((o, i) => [
        o.group && o.group !== options[i - 1]?.group && html`<li role="presentation" class="group" key=${`g-${o.group}`}>${withEmoji(o.group)}</li>`,
        html`<li role="option" key=${o.value} id=${`${listID}-${i}`} class=${i === active ? 'active' : ''}
          aria-selected=${String(picked.some((p) => p.value === o.value))}
          onPointerMove=${() => i !== at && setAt(i)} onClick=${() => pick(o)}>
          <span class="tick" aria-hidden="true"></span>
          <span><span class="option-text">${withEmoji(o.text)}</span>${o.description && html`<span class="option-more">${withEmoji(o.description)}</span>`}</span></li>`])}
    </ul>
    ${note && html`<p class="note" role="status">${note}</p>`}
  </div>`;
}

// MenuButton is a button with a menu of {key, text, onPick}; used for overflow menus
// and for everything else that drops down.
export function MenuButton({ items, label, buttonClass, children, align = 'start', header, data }) {
  const [open, setOpen] = useState(false);
  const anchor = useRef();
  const menu = useRef();
  const close = (focus) => { setOpen(false); if (focus) anchor.current?.focus(); };
  useLayoutEffect(() => { // with the menu itself: a key pressed at once is for it
    if (!open) return;
    const all = menu.current.querySelectorAll('[role^=menuitem]');
    (menu.current.querySelector('[aria-checked=true]') || all[0])?.focus();
  }, [open]);
  const onKey = (ev) => {
    const all = [...menu.current.querySelectorAll('[role^=menuitem]')];
    const i = all.indexOf(document.activeElement);
    const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: all.length - 1 }[ev.key];
    if (to !== undefined) { ev.preventDefault(); all[(to + all.length) % all.length]?.focus(); return; }
    if (ev.key === 'Escape') { ev.preventDefault(); ev.stopPropagation(); close(true); } else if (ev.key === 'Tab') close(true);
    else if (ev.key.length === 1 && /\S/.test(ev.key)) {
      const rest = [...all.slice(i + 1), ...all.slice(0, i + 1)];
      rest.find((b) => b.textContent.trim().toLowerCase().startsWith(ev.key.toLowerCase()))?.focus();
    }
  };
  return html`<span class="menu">
    <button type="button" ref=${anchor} class=${buttonClass} aria-haspopup="menu" aria-expanded=${String(open)} aria-label=${label} title=${label} data-action=${data}
      onClick=${() => setOpen(!open)} onKeyDown=${(ev) => { if (ev.key === 'ArrowDown' && !open) { ev.preventDefault(); setOpen(true); } }}>${children}</button>
    ${open && html`<${Popover} anchor=${anchor} align=${align} onClose=${() => setOpen(false)}>
      ${header}
      <div class="menu-list" role="menu" aria-label=${label} ref=${menu} onKeyDown=${onKey}>
        ${items.map((it) => html`<button type="button" key=${it.key} role=${it.checked === undefined ? 'menuitem' : 'menuitemradio'} tabindex="-1"
          aria-checked=${it.checked === undefined ? null : String(it.checked)} class=${it.class || ''} data-key=${it.key}
          onClick=${() => { close(true); it.onPick(); }}>${it.text}</button>`)}
      </div><//>`}
  </span>`;
}

export function Overflow({ block, element: e }) {
  const surface = useSurface();
  const items = (e.options || []).map((o) => ({
    key: o.value,
    text: html`<span><${Text} of=${o.text} />${o.description && html`<span class="option-more"><${Text} of=${o.description} /></span>`}</span>`,
    onPick: async () => {
      if (e.confirm && !(await ask(e.confirm))) return;
      if (o.url) window.open(o.url, '_blank', 'noopener');
      touch(surface, { do: 'choose', block: block.block_id, action: e.action_id, chosen: [o.value] });
    },
  }));
  return html`<${MenuButton} items=${items} label="More options" align="end" data=${e.action_id} buttonClass="icon-button bordered"><span class="dots" aria-hidden="true"></span><//>`;
}

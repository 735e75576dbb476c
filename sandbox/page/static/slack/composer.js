// The message box, with slash commands, their hints and mentions.
import { html, useState, useRef, useLayoutEffect } from '/vendor/preact-htm.js';
import { store, act, setDraft } from '/slack/store.js';
import { nameOf } from '/slack/message.js';
import { Avatar, Mark } from '/slack/avatar.js';

const escape = (s) => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

// suggestionsFor lists what may be meant by what stands before the cursor.
function suggestionsFor(text, caret) {
  const s = store.state;
  if (/^\/\S*$/.test(text)) {
    const typed = text.toLowerCase();
    const commands = (s.app.commands || []).map((c) => ({ key: c.command, kind: 'command', insert: `${c.command} `, from: 0, title: c.command, hint: c.usage_hint, more: c.description }));
    const shortcuts = (s.app.shortcuts || []).filter((x) => x.type === 'global')
      .map((x) => ({ key: x.callback_id, kind: 'shortcut', shortcut: x.callback_id, title: x.name, more: x.description }));
    return [...commands.filter((c) => c.title.toLowerCase().startsWith(typed)),
      ...shortcuts.filter((x) => typed === '/' || x.title.toLowerCase().includes(typed.slice(1)))];
  }
  const at = /(^|\s)@([^@\n]{0,30})$/.exec(text.slice(0, caret));
  if (!at) return [];
  const typed = at[2].toLowerCase();
  const from = caret - at[2].length - 1;
  return Object.entries(s.users).filter(([, u]) => u.mark !== 'deactivated' && u.name.toLowerCase().includes(typed)).slice(0, 8)
    .map(([id, u]) => ({ key: id, kind: 'person', id, insert: `@${u.name} `, from, title: u.name, more: u.title, mark: u.mark }));
}

export function Composer({ channel, thread }) {
  const key = `${channel.id}/${thread}`;
  const [text, setText] = useState(() => store.drafts.get(key) || '');
  const [caret, setCaret] = useState(0);
  const [at, setAt] = useState(0);
  const [quiet, setQuiet] = useState(false); // Escape closed the list
  const [focused, setFocused] = useState(false);
  const mentions = useRef(new Map());
  const box = useRef();
  const { app, me } = store.state;
  const list = quiet || !focused ? [] : suggestionsFor(text, caret);
  const active = Math.min(at, list.length - 1);
  const id = `composer-${key.replace(/\W/g, '_')}`;

  useLayoutEffect(() => { box.current?.focus({ preventScroll: true }); }, []);
  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return;
    el.style.height = 'auto';
    el.style.height = `${Math.min(el.scrollHeight, 220)}px`;
  }, [text]);

  const place = useRef(null); // where the cursor goes with the text that was taken, before the next key
  useLayoutEffect(() => {
    if (place.current === null) return;
    box.current.focus();
    box.current.setSelectionRange(place.current, place.current);
    place.current = null;
  });

  const type = (to, where) => { setText(to); setDraft(key, to); setCaret(where ?? to.length); setAt(0); setQuiet(false); };
  const take = (s) => {
    if (s.kind === 'shortcut') { type(''); act({ do: 'shortcut', callback: s.shortcut }); return; }
    if (s.kind === 'person') mentions.current.set(`@${s.title}`, s.id);
    const to = text.slice(0, s.from) + s.insert + text.slice(s.kind === 'command' ? text.length : caret);
    type(to, s.from + s.insert.length);
    place.current = s.from + s.insert.length;
  };
  const send = async () => {
    const typed = text.trim();
    if (!typed) return;
    let out = typed;
    if (!typed.startsWith('/')) {
      out = escape(typed);
      const names = [...mentions.current.entries()].sort((a, b) => b[0].length - a[0].length);
      for (const [name, who] of names) out = out.replaceAll(escape(name), `<@${who}>`);
    }
    type('');
    mentions.current.clear();
    const answer = await act({ do: 'send', channel: channel.id, thread, text: out });
    // What Slack did not take is not lost.
    if (!answer.ok && !['operation_timeout', 'app_failed'].includes(answer.error) && !store.drafts.get(key)) type(typed);
  };
  const onKey = (e) => {
    if (e.isComposing) return;
    if (list.length) {
      const to = { ArrowDown: active + 1, ArrowUp: active - 1 }[e.key];
      if (to !== undefined) { e.preventDefault(); setAt((to + list.length) % list.length); return; }
      const whole = list[active].kind === 'command' && text === list[active].title;
      if (e.key === 'Tab' && !e.shiftKey || (e.key === 'Enter' && !e.shiftKey && !e.ctrlKey && !e.metaKey && !whole)) { e.preventDefault(); take(list[active]); return; }
      if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); setQuiet(true); return; }
    }
    if (e.key === 'Enter' && !e.shiftKey) { e.preventDefault(); send(); }
  };
  const command = (app.commands || []).find((c) => text === c.command || text.startsWith(`${c.command} `));
  const rest = command && text.slice(command.command.length).trim();
  if (channel.archived) return html`<div class="composer closed">You are viewing <b>${nameOf(channel)}</b>, an archived channel.</div>`;
  const invite = thread ? 'Reply…' : `Message ${nameOf(channel)}`;
  return html`<div class="composer">
    ${list.length > 0 && html`<div class="suggestions" role="listbox" id=${`${id}-list`} aria-label=${list[0].kind === 'person' ? 'People' : 'Commands'}>
      ${list.map((s, i) => html`<div role="option" key=${s.key} id=${`${id}-${i}`} aria-selected=${String(i === active)} class=${i === active ? 'active' : ''}
        onPointerDown=${(e) => { e.preventDefault(); take(s); }} onPointerMove=${() => i !== at && setAt(i)}>
        <${Avatar} id=${s.kind === 'person' ? s.id : app.user} name=${s.title} size=${24} />
        <span class="suggestion"><b>${s.title}</b>${s.hint && html`<span class="usage"> ${s.hint}</span>`}${s.kind === 'person' && html`<${Mark} of=${s.mark} />`}<span class="option-more">${s.more}</span></span>
        ${s.kind !== 'person' && html`<span class="from">${app.name}</span>`}</div>`)}
    </div>`}
    <div class="composer-box">
      <textarea ref=${box} rows="1" value=${text} placeholder=${invite} aria-label=${invite} role="combobox" aria-autocomplete="list" aria-expanded=${String(list.length > 0)}
        aria-controls=${list.length ? `${id}-list` : null} aria-activedescendant=${list.length ? `${id}-${active}` : null} spellcheck="false"
        onInput=${(e) => type(e.target.value, e.target.selectionStart)} onKeyDown=${onKey} onFocus=${() => setFocused(true)} onBlur=${() => setFocused(false)}
        onClick=${(e) => setCaret(e.target.selectionStart)}></textarea>
      ${command && !thread && html`<div class="hint-line" aria-live="polite"><code>${command.command}</code> ${!rest && command.usage_hint ? html`<span class="usage">${command.usage_hint}</span> ` : ''}<span>${command.description}</span></div>`}
      <div class="composer-foot"><span class="keys"><kbd>/</kbd> commands · <kbd>Enter</kbd> sends · <kbd>Shift</kbd>+<kbd>Enter</kbd> new line</span>
        <span class="as">as ${me.name}</span>
        <button type="button" class=${`send${text.trim() ? ' ready' : ''}`} aria-label="Send now" disabled=${!text.trim()} onClick=${send}><span class="i-send" aria-hidden="true"></span></button></div>
    </div>
  </div>`;
}

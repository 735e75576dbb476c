// Block Kit's elements, apart from menus.
import { html, useState, useEffect, useRef } from '/vendor/preact-htm.js';
import { touch, ask, fillLater, isPending, edited } from '/slack/store.js';
import { Text, words } from '/slack/text.js';
import { useSurface, valueNow, choose, domID } from '/slack/surface.js';
import { SelectMenu, Overflow, usePicked } from '/slack/menus.js';

function Button({ block, element: e }) {
  const surface = useSurface();
  const [busy, setBusy] = useState(false);
  const press = async () => {
    if (busy) return;
    if (e.confirm && !(await ask(e.confirm))) return;
    if (e.url) window.open(e.url, '_blank', 'noopener');
    setBusy(true);
    await touch(surface, { do: 'press', block: block.block_id, action: e.action_id });
    setBusy(false);
  };
  const label = e.accessibility_label || null;
  const look = `btn ${e.style || ''}${busy ? ' busy' : ''}`;
  // A link that asks nothing is a link, so that it can be opened as one likes.
  if (e.url && !e.confirm) {
    return html`<a class=${look} href=${e.url} target="_blank" rel="noopener" aria-label=${label} data-action=${e.action_id}
      onClick=${() => touch(surface, { do: 'press', block: block.block_id, action: e.action_id })}><${Text} of=${e.text} /></a>`;
  }
  return html`<button type="button" class=${look} aria-label=${label} aria-busy=${busy ? 'true' : null} data-action=${e.action_id} onClick=${press}>
    <${Text} of=${e.text} /></button>`;
}

// Choices are checkboxes or radio buttons.
function Choices({ block, element: e }) {
  const surface = useSurface();
  const many = e.type === 'checkboxes';
  const value = valueNow(surface, block, e);
  const server = (many ? value.selected_options || [] : [value.selected_option].filter(Boolean)).map((o) => o.value);
  const [picked, put] = usePicked(server);
  const id = domID(surface, block, e);
  const toggle = (o, on) => {
    const next = many ? (on ? [...picked, o.value] : picked.filter((v) => v !== o.value)) : [o.value];
    put(next, () => choose(surface, block, e, next));
  };
  const error = surface.errors?.[block.block_id];
  return html`<span class="choices" role=${many ? 'group' : 'radiogroup'} aria-label=${words(block.label) || words(block.text) || null}
    aria-describedby=${error ? `${id}-error` : null}>
    ${(e.options || []).map((o, i) => html`<label key=${o.value}>
      <input type=${many ? 'checkbox' : 'radio'} name=${id} id=${i === 0 ? id : null} data-action=${e.action_id} value=${o.value} checked=${picked.includes(o.value)}
        onChange=${(ev) => toggle(o, ev.target.checked)} />
      <span><${Text} of=${o.text} />${o.description && html`<span class="option-more"><${Text} of=${o.description} /></span>`}</span></label>`)}
  </span>`;
}

// useField is the text of a field: what is being typed, or what the server holds.
// What the server says never replaces what is not yet there.
function useField(surface, block, e, server) {
  const [text, setText] = useState(server);
  const known = useRef(server);
  useEffect(() => {
    if (known.current === server) return;
    known.current = server;
    if (!isPending(surface, block.block_id, e.action_id)) setText(server);
  }, [server]);
  const type = (to) => {
    setText(to);
    known.current = to;
    edited(surface.modal && surface.view, block.block_id);
    fillLater(surface, block.block_id, e.action_id, to === '' ? [] : [to]);
  };
  return [text, type];
}

const inputTypes = { plain_text_input: 'text', email_text_input: 'email', url_text_input: 'url', number_input: 'text' };

function TextInput({ block, element: e }) {
  const surface = useSurface();
  const value = valueNow(surface, block, e).value;
  const [text, type] = useField(surface, block, e, value === undefined || value === null ? '' : String(value));
  const id = domID(surface, block, e);
  const error = surface.errors?.[block.block_id];
  const on = e.dispatch_action_config?.trigger_actions_on || ['on_enter_pressed'];
  const tells = block.dispatch_action && block.type === 'input';
  const dispatch = (to) => choose(surface, block, e, to === '' ? [] : [to]);
  const timer = useRef();
  const props = {
    id, class: 'field', value: text, placeholder: e.placeholder?.text || null, maxlength: Math.min(e.max_length || 3000, 3000), autocomplete: 'off',
    'data-action': e.action_id, 'data-focus': e.focus_on_load ? 'true' : null, 'aria-invalid': error ? 'true' : null,
    'aria-describedby': [error && `${id}-error`, block.hint && `${id}-hint`].filter(Boolean).join(' ') || null,
    'aria-label': block.label ? null : e.placeholder?.text || 'Text', 'aria-required': block.type === 'input' && !block.optional ? 'true' : null,
    onInput: (ev) => {
      type(ev.target.value);
      if (!tells || !on.includes('on_character_entered')) return;
      clearTimeout(timer.current);
      const to = ev.target.value;
      timer.current = setTimeout(() => dispatch(to), 300);
    },
    onKeyDown: (ev) => {
      if (ev.key !== 'Enter' || ev.isComposing || ev.ctrlKey || ev.metaKey) return;
      if (tells && on.includes('on_enter_pressed') && !(e.multiline && ev.shiftKey)) { ev.preventDefault(); dispatch(ev.target.value); }
    },
  };
  const count = e.max_length && text.length > e.max_length * 0.8
    ? html`<span class="count" aria-live="polite">${e.max_length - text.length}</span>` : null;
  if (e.type === 'plain_text_input' && e.multiline) return html`<span class="field-box"><textarea rows="4" ...${props}></textarea>${count}</span>`;
  return html`<span class="field-box"><input type=${inputTypes[e.type]} inputmode=${e.type === 'number_input' ? 'decimal' : null} ...${props} />${count}</span>`;
}

// Times without a zone are those of the person's own clock, as in Slack.
const two = (n) => String(n).padStart(2, '0');
function localInput(seconds, tz) {
  if (!seconds) return '';
  const p = Object.fromEntries(new Intl.DateTimeFormat('en-US', { timeZone: tz, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' })
    .formatToParts(new Date(seconds * 1000)).map((x) => [x.type, x.value]));
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}
function secondsOf(local, tz) {
  const asUTC = Date.parse(`${local}:00Z`) / 1000;
  let at = asUTC;
  for (let i = 0; i < 3; i++) at += asUTC - Date.parse(`${localInput(at, tz)}:00Z`) / 1000;
  return at;
}

const pickers = {
  datepicker: { type: 'date', field: 'selected_date', show: (v) => v || '', read: (v) => v },
  timepicker: { type: 'time', field: 'selected_time', show: (v) => v || '', read: (v) => v },
  datetimepicker: { type: 'datetime-local', field: 'selected_date_time', show: (v, tz) => localInput(v, tz), read: (v, tz) => String(secondsOf(v, tz)) },
};

// Picker is a date, a time or both. A value is sent when it is whole, and while it is
// typed part by part only once it rests.
function Picker({ block, element: e }) {
  const surface = useSurface();
  const tz = surface.tz;
  const kind = pickers[e.type];
  const server = kind.show(valueNow(surface, block, e)[kind.field], tz);
  const [shown, put] = usePicked(server);
  const [typing, setTyping] = useState(null);
  const text = typing ?? shown;
  const timer = useRef();
  const latest = useRef(null);
  const id = domID(surface, block, e);
  const error = surface.errors?.[block.block_id];
  const send = () => {
    clearTimeout(timer.current);
    const to = latest.current;
    latest.current = null;
    if (to !== null && to !== server) put(to, () => choose(surface, block, e, to === '' ? [] : [kind.read(to, tz)]));
    setTyping(null);
  };
  return html`<span class="field-box picker"><input class="field" type=${kind.type} id=${id} value=${text} data-action=${e.action_id}
    aria-label=${block.label ? null : words(block.text) || e.placeholder?.text || 'Date'} aria-invalid=${error ? 'true' : null}
    aria-describedby=${error ? `${id}-error` : null} title=${e.placeholder?.text || null} max=${kind.type === 'date' ? '9999-12-31' : null}
    onInput=${(ev) => { latest.current = ev.target.value; setTyping(ev.target.value); clearTimeout(timer.current); timer.current = setTimeout(send, 700); }}
    onBlur=${send} /></span>`;
}

export function Image({ url, alt, thumb }) {
  // Nothing is loaded from outside this machine; what would be there is described.
  const local = url && (url.startsWith('data:image/') || new URL(url, location).origin === location.origin);
  if (local) return html`<img src=${url} alt=${alt || ''} class=${thumb ? 'thumb' : 'picture'} />`;
  return html`<span class=${`no-picture${thumb ? ' thumb' : ''}`} role="img" aria-label=${alt || 'image'} title=${`${alt || 'Image'}: ${url || 'a file in Slack'} (not loaded in the sandbox)`}>
    <span class="picture-mark" aria-hidden="true"></span>${!thumb && html`<span>${alt}</span>`}</span>`;
}

export function Unknown({ what, of }) {
  return html`<div class="unknown" role="note"><strong>unknown ${what} type ${of?.type || '(none)'}</strong>
    <details><summary>What was sent</summary><pre>${JSON.stringify(of, null, 2)}</pre></details></div>`;
}

const known = {
  button: Button, workflow_button: Button, overflow: Overflow, checkboxes: Choices, radio_buttons: Choices,
  datepicker: Picker, timepicker: Picker, datetimepicker: Picker,
  plain_text_input: TextInput, email_text_input: TextInput, url_text_input: TextInput, number_input: TextInput,
};
for (const kind of ['static', 'external', 'users', 'conversations', 'channels']) {
  known[`${kind}_select`] = SelectMenu;
  known[`multi_${kind}_select`] = SelectMenu;
}

export function Element({ block, element }) {
  if (element?.type === 'image') return html`<${Image} url=${element.image_url} alt=${element.alt_text} thumb />`;
  const Kind = known[element?.type];
  if (!Kind) return html`<${Unknown} what="element" of=${element} />`;
  return html`<${Kind} block=${block} element=${element} key=${`${element.type}/${element.action_id}`} />`;
}

// Slack's text: mrkdwn, plain text, dates, mentions and emoji, as elements.
import { html } from '/vendor/preact-htm.js';
import emoji from '/vendor/emoji.js';
import { store, now, go, channel } from '/slack/store.js';

export const unescape = (s) => s.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

const zone = () => store.state?.me?.tz || 'UTC';
const formats = new Map();
// format writes a time in the viewer's zone with the parts named.
export function format(ms, parts) {
  const key = zone() + JSON.stringify(parts);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat('en-US', { timeZone: zone(), ...parts }));
  return formats.get(key).format(new Date(ms)).replace(/\u202f/g, ' ');
}

export const dayKey = (ms) => format(ms, { year: 'numeric', month: '2-digit', day: '2-digit' });
export const clockTime = (ms) => format(ms, { hour: 'numeric', minute: '2-digit' });

function ordinal(n) {
  const ten = n % 100;
  if (ten > 10 && ten < 14) return `${n}th`;
  return `${n}${['th', 'st', 'nd', 'rd'][n % 10] || 'th'}`;
}

function relativeDay(ms) {
  const day = 86400000;
  for (const [word, at] of [['today', now()], ['yesterday', now() - day], ['tomorrow', now() + day]]) {
    if (dayKey(ms) === dayKey(at)) return word;
  }
  return '';
}

export const dayWords = (ms) => {
  const near = relativeDay(ms);
  if (near) return near[0].toUpperCase() + near.slice(1);
  return `${format(ms, { weekday: 'long' })}, ${format(ms, { month: 'long' })} ${ordinal(+format(ms, { day: 'numeric' }))}`;
};

function ago(ms) {
  const s = Math.round((ms - now()) / 1000);
  const words = new Intl.RelativeTimeFormat('en-US', { numeric: 'auto' });
  for (const [unit, size] of [['day', 86400], ['hour', 3600], ['minute', 60]]) {
    if (Math.abs(s) >= size) return words.format(Math.trunc(s / size), unit);
  }
  return words.format(s, 'second');
}

// dateWords writes Slack's date tokens ({date_short_pretty} at {time}).
export function dateWords(seconds, pattern) {
  const ms = seconds * 1000;
  const plain = {
    date_num: () => format(ms, { year: 'numeric' }) + '-' + format(ms, { month: '2-digit' }) + '-' + format(ms, { day: '2-digit' }),
    date_slash: () => format(ms, { year: 'numeric', month: '2-digit', day: '2-digit' }),
    date: () => `${format(ms, { month: 'long' })} ${ordinal(+format(ms, { day: 'numeric' }))}, ${format(ms, { year: 'numeric' })}`,
    date_short: () => format(ms, { month: 'short', day: 'numeric', year: 'numeric' }),
    date_long: () => `${format(ms, { weekday: 'long' })}, ${plain.date()}`,
    time: () => clockTime(ms),
    time_secs: () => format(ms, { hour: 'numeric', minute: '2-digit', second: '2-digit' }),
    ago: () => ago(ms),
    day_divider_pretty: () => dayWords(ms),
  };
  return pattern.replace(/\{([a-z_]+)\}/g, (whole, name, at) => {
    const base = name.replace(/_pretty$/, '');
    if (!plain[base]) return whole;
    const near = name.endsWith('_pretty') && relativeDay(ms);
    if (!near) return plain[base]();
    return at === 0 ? near[0].toUpperCase() + near.slice(1) : near;
  });
}

// Emoji in text, by the names that Slack uses.
export function Emoji({ name }) {
  const base = name.replace(/::skin-tone-\d$/, '');
  return emoji[base]
    ? html`<span class="emoji" role="img" aria-label=${base.replace(/_/g, ' ')} title=${`:${name}:`}>${emoji[base]}</span>`
    : `:${name}:`;
}

const emojiName = /:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/g;

export function withEmoji(text) {
  const out = [];
  let at = 0;
  for (const hit of text.matchAll(emojiName)) {
    if (!emoji[hit[1].replace(/::.*/, '')]) continue;
    out.push(text.slice(at, hit.index), html`<${Emoji} name=${hit[1]} />`);
    at = hit.index + hit[0].length;
  }
  out.push(text.slice(at));
  return out;
}

export const personName = (id) => store.state?.users?.[id]?.name || id;

// A mention stands out where it is oneself.
export function Mention({ id }) {
  const mine = id === store.state?.me?.slack_id;
  const who = store.state?.users?.[id];
  return html`<span class=${`mention${mine ? ' me' : ''}`} title=${who?.title || ''}>@${personName(id)}</span>`;
}

export function ChannelLink({ id, name }) {
  const c = channel(id);
  if (!c) return html`<span class="mention">#${name || 'private channel'}</span>`;
  return html`<button type="button" class="mention link" onClick=${() => go({ kind: 'channel', id })}>#${c.name || name}</button>`;
}

const safe = (url) => /^(https?:|mailto:|tel:|slack:)/i.test(url);

export function Link({ url, children }) {
  if (!safe(url)) return html`<span>${children}</span>`;
  return html`<a href=${url} target="_blank" rel="noopener noreferrer">${children}</a>`;
}

// angle draws what stands between < and >.
function angle(inner) {
  const bar = inner.indexOf('|');
  const head = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? '' : inner.slice(bar + 1);
  if (/^@[UW]/.test(head)) return html`<${Mention} id=${head.slice(1)} />`;
  if (/^#C/.test(head)) return html`<${ChannelLink} id=${head.slice(1)} name=${label} />`;
  if (head.startsWith('!date^')) {
    const [, seconds, pattern, link] = head.split('^');
    const words = /^\d+$/.test(seconds || '') ? dateWords(+seconds, unescape(pattern || '')) : unescape(label);
    const time = html`<time class="date" title=${dateWords(+seconds, '{date_long} at {time_secs}') + ` (${zone()})`}>${words}</time>`;
    return link ? html`<${Link} url=${unescape(link)}>${time}<//>` : time;
  }
  if (head.startsWith('!subteam^')) {
    return html`<span class="mention">@${store.state?.groups?.[head.slice(9)] || label.replace(/^@/, '') || 'group'}</span>`;
  }
  if (head.startsWith('!')) return html`<span class="mention me">@${head.slice(1)}</span>`;
  if (safe(head)) return html`<${Link} url=${unescape(head)}>${unescape(label || head.replace(/^mailto:/, ''))}<//>`;
  return unescape(`<${inner}>`);
}

const tags = { '*': 'strong', _: 'em', '~': 's' };
const wordy = (c) => c !== undefined && /[\p{L}\p{N}]/u.test(c);

// closing finds where a format that begins at i ends, stepping over code and links.
function closing(s, i) {
  const mark = s[i];
  if (wordy(s[i - 1]) || s[i + 1] === undefined || /[\s]/.test(s[i + 1]) || s[i + 1] === mark) return -1;
  for (let j = i + 1; j < s.length; j++) {
    if (s[j] === '\n') return -1;
    if (s[j] === '`') { const end = s.indexOf('`', j + 1); if (end > 0) j = end; continue; }
    if (s[j] === '<') { const end = s.indexOf('>', j + 1); if (end > 0) j = end; continue; }
    if (s[j] === mark && j > i + 1 && !/\s/.test(s[j - 1]) && !wordy(s[j + 1])) return j;
  }
  return -1;
}

const rawURL = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)'"\]]/;

function inline(s) {
  const out = [];
  let text = '';
  const flush = () => { if (text) out.push(...withEmoji(unescape(text))); text = ''; };
  for (let i = 0; i < s.length;) {
    const c = s[i];
    if (c === '<') {
      const end = s.indexOf('>', i);
      if (end > i + 1) { flush(); out.push(angle(s.slice(i + 1, end))); i = end + 1; continue; }
    } else if (c === '`') {
      const end = s.indexOf('`', i + 1);
      if (end > i + 1 && !s.slice(i, end).includes('\n')) { flush(); out.push(html`<code>${unescape(s.slice(i + 1, end))}</code>`); i = end + 1; continue; }
    } else if (tags[c]) {
      const end = closing(s, i);
      if (end > 0) { flush(); out.push(html`<${tags[c]}>${inline(s.slice(i + 1, end))}<//>`); i = end + 1; continue; }
    } else if (c === 'h' && !wordy(s[i - 1])) {
      const hit = rawURL.exec(s.slice(i));
      if (hit) { flush(); out.push(html`<${Link} url=${unescape(hit[0])}>${unescape(hit[0])}<//>`); i += hit[0].length; continue; }
    }
    text += c;
    i++;
  }
  flush();
  return out;
}

const bullet = /^(\s*)([•◦▪︎–-]|\d+\.)\s+(.*)$/;

// lines draws quotes, bullets and everything else line by line.
function lines(s) {
  const all = s.split('\n');
  const out = [];
  let plain = [];
  const flush = () => { if (plain.length) out.push(html`<span class="run">${inline(plain.join('\n'))}</span>`); plain = []; };
  for (let i = 0; i < all.length; i++) {
    const quote = /^(?:&gt;|>)(?:&gt;&gt;|>>)?\s?(.*)$/.exec(all[i]);
    const item = bullet.exec(all[i]);
    if (quote) {
      flush();
      const rest = /^(?:&gt;&gt;&gt;|>>>)/.test(all[i]);
      const inside = [quote[1]];
      while (i + 1 < all.length && (rest || /^(?:&gt;|>)/.test(all[i + 1]))) inside.push(all[++i].replace(rest ? /$^/ : /^(?:&gt;|>)\s?/, ''));
      out.push(html`<blockquote>${inline(inside.join('\n'))}</blockquote>`);
    } else if (item) {
      flush();
      out.push(html`<span class="bullet" style=${{ marginLeft: `${item[1].length * 6}px` }}><span class="mark">${item[2]}</span><span>${inline(item[3])}</span></span>`);
    } else plain.push(all[i]);
  }
  flush();
  return out;
}

// mrkdwn draws Slack's markup.
export function mrkdwn(text) {
  const parts = String(text ?? '').split('```');
  if (parts.length % 2 === 0) { const last = parts.pop(); parts[parts.length - 1] += '```' + last; }
  return parts.map((part, i) => {
    if (i % 2) return html`<pre>${unescape(part.replace(/^\n/, '').replace(/\n$/, ''))}</pre>`;
    const trimmed = (i > 0 ? part.replace(/^\n/, '') : part).replace(i < parts.length - 1 ? /\n$/ : /$^/, '');
    return trimmed ? lines(trimmed) : null;
  });
}

// Text draws a text object: plain_text or mrkdwn.
export function Text({ of }) {
  if (!of) return null;
  if (of.type === 'mrkdwn') return html`<span class="mrkdwn">${mrkdwn(of.text)}</span>`;
  return html`<span class="plain">${of.emoji === false ? of.text : withEmoji(of.text || '')}</span>`;
}

// words is a text object without any markup, for labels that only machines read.
export const words = (of) => (of?.text || '').replace(/<[^|>]*\|([^>]*)>/g, '$1').replace(/[*_~`<>]/g, '');

// markdown draws a markdown block's common parts by turning them into mrkdwn.
export function markdown(text) {
  return String(text ?? '').split('\n').map((line) => {
    const head = /^(#{1,6})\s+(.*)$/.exec(line);
    if (head) return html`<div class=${`md-head h${head[1].length}`}>${inline(head[2])}</div>`;
    const turned = line.replace(/\*\*(.+?)\*\*/g, '*$1*').replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>').replace(/^(\s*)[-*]\s/, '$1• ');
    return html`<div class="md-line">${turned ? lines(turned) : '\u00a0'}</div>`;
  });
}

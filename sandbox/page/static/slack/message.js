// Messages, the list of a conversation, and the thread beside it.
import { html, useState, useRef, useEffect, useLayoutEffect } from '/vendor/preact-htm.js';
import { store, act, openThread, hide } from '/slack/store.js';
import { mrkdwn, personName, clockTime, dayKey, dayWords, dateWords, format, Emoji } from '/slack/text.js';
import { Surface } from '/slack/surface.js';
import { Blocks } from '/slack/blocks.js';
import { Avatar, Mark } from '/slack/avatar.js';
import { MenuButton } from '/slack/menus.js';
import { Composer } from '/slack/composer.js';

const ms = (ts) => parseFloat(ts) * 1000;
const isReply = (m) => m.thread && m.thread !== m.ts;

function Reactions({ channel, m }) {
  if (!m.reactions?.length) return null;
  return html`<div class="reactions">${m.reactions.map((r) => html`<button type="button" key=${r.name}
    class=${r.users.includes(store.state.me.slack_id) ? 'mine' : ''} aria-label=${`${r.name}, ${r.users.length}: ${r.users.map(personName).join(', ')}`}
    title=${r.users.map(personName).join(', ')} onClick=${() => act({ do: 'react', channel, ts: m.ts, text: r.name })}><${Emoji} name=${r.name} /> ${r.users.length}</button>`)}</div>`;
}

function Tools({ channel, m, inThread }) {
  const shortcuts = (store.state.app.shortcuts || []).filter((s) => s.type === 'message');
  if (m.ephemeral) return null;
  return html`<div class="tools" role="toolbar" aria-label="Message actions">
    <button type="button" title="React with thumbs up" aria-label="React with thumbs up" onClick=${() => act({ do: 'react', channel, ts: m.ts, text: '+1' })}><span class="i-react" aria-hidden="true"></span></button>
    ${!inThread && html`<button type="button" title="Reply in thread" aria-label="Reply in thread" onClick=${() => openThread(m.thread || m.ts)}><span class="i-thread" aria-hidden="true"></span></button>`}
    ${shortcuts.length > 0 && html`<${MenuButton} label="More actions" align="end" buttonClass="" items=${shortcuts.map((s) => ({
      key: s.callback_id, text: html`<span>${s.name}<span class="option-more">${s.description}</span></span>`,
      onPick: () => act({ do: 'shortcut', callback: s.callback_id, channel, ts: m.ts }) }))}><span class="dots" aria-hidden="true"></span><//>`}
  </div>`;
}

function Replies({ m, replies }) {
  if (!replies?.length) return null;
  const who = [...new Set(replies.map((r) => r.user))].slice(0, 4);
  return html`<button type="button" class="replies" onClick=${() => openThread(m.ts)}>
    ${who.map((id) => html`<${Avatar} key=${id} id=${id} name=${personName(id)} size=${22} />`)}
    <b>${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}</b>
    <span>Last reply ${dateWords(ms(replies[replies.length - 1].ts) / 1000, '{date_short_pretty} at {time}')}</span></button>`;
}

export function Message({ channel, m, joined, replies, inThread }) {
  const { me, users, app } = store.state;
  const surface = { channel, ts: m.ts, values: m.values, tz: me.tz };
  const who = users[m.user];
  const at = ms(m.ts);
  const full = dateWords(at / 1000, '{date_long} at {time_secs}');
  const body = html`<div class="msg-body">
    ${m.blocks?.length ? html`<${Blocks} blocks=${m.blocks} />` : html`<div class="b-text">${mrkdwn(m.text)}</div>`}
    ${m.edited && html`<span class="edited">(edited)</span>`}
  </div>`;
  return html`<div class=${`msg${m.ephemeral ? ' ephemeral' : ''}${joined ? ' joined' : ''}`} role="listitem" data-ts=${m.ts}
      aria-label=${`${personName(m.user)}, ${clockTime(at)}`} tabindex="-1">
    ${m.ephemeral && html`<div class="only-you"><span class="i-eye" aria-hidden="true"></span>Only visible to you</div>`}
    ${m.broadcast && isReply(m) && !inThread && html`<div class="only-you">replied to a thread</div>`}
    <div class="msg-grid">
      ${joined ? html`<time class="gutter-time" title=${full}>${format(at, { hour: 'numeric', minute: '2-digit' }).replace(/ [AP]M/, '')}</time>`
        : html`<${Avatar} id=${m.user} name=${personName(m.user)} />`}
      <div class="msg-main">
        ${!joined && html`<div class="msg-head"><b>${m.from_app ? app.name : personName(m.user)}</b>${m.from_app ? html`<span class="app-badge">APP</span>` : html`<${Mark} of=${who?.mark} />`}
          <time title=${full}>${clockTime(at)}</time></div>`}
        <${Surface.Provider} value=${surface}>${body}<//>
        <${Reactions} channel=${channel} m=${m} />
        ${!inThread && html`<${Replies} m=${m} replies=${replies} />`}
        ${m.ephemeral && html`<button type="button" class="dismiss" onClick=${() => hide(m.ts)}>Dismiss message</button>`}
      </div>
    </div>
    <${Tools} channel=${channel} m=${m} inThread=${inThread} />
  </div>`;
}

// joins says whether a message continues the one above it, under one name.
const joins = (a, b) => a && a.user === b.user && !a.ephemeral && !b.ephemeral && !b.from_app && ms(b.ts) - ms(a.ts) < 300000 && dayKey(ms(a.ts)) === dayKey(ms(b.ts));

// useBottom keeps a list at its end while one is at its end, and where one reads else.
function useBottom() {
  const ref = useRef();
  const stuck = useRef(true);
  const left = useRef(0); // where the list was put last
  const [away, setAway] = useState(false);
  const nearEnd = (el) => el.scrollHeight - el.scrollTop - el.clientHeight < 40;
  const down = () => {
    const el = ref.current;
    if (!el) return;
    el.scrollTop = el.scrollHeight;
    left.current = el.scrollTop;
    stuck.current = true;
    setAway(false);
  };
  const keep = () => {
    const el = ref.current;
    // One may have scrolled up already and the browser not have said so yet.
    if (stuck.current && el.scrollTop < left.current - 2 && !nearEnd(el)) { stuck.current = false; setAway(true); }
    if (stuck.current) down();
  };
  useLayoutEffect(keep);
  useEffect(() => {
    const sized = new ResizeObserver(keep);
    sized.observe(ref.current);
    return () => sized.disconnect();
  }, []);
  const onScroll = () => {
    stuck.current = nearEnd(ref.current);
    left.current = ref.current.scrollTop;
    setAway(!stuck.current);
  };
  return { ref, onScroll, away, down };
}

// arrows moves the focus from message to message.
function arrows(e) {
  if (!['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(e.key) || !e.target.classList.contains('msg') && e.target !== e.currentTarget) return;
  const all = [...e.currentTarget.querySelectorAll('.msg')];
  const i = all.indexOf(e.target);
  const to = { ArrowDown: i + 1, ArrowUp: i < 0 ? all.length - 1 : i - 1, Home: 0, End: all.length - 1 }[e.key];
  if (all[to]) { e.preventDefault(); all[to].focus(); }
}

export function Conversation({ channel }) {
  const all = (store.state.messages[channel.id] || []).filter((m) => !store.hidden.has(m.ts));
  const top = all.filter((m) => !isReply(m) || m.broadcast);
  const replies = {};
  for (const m of all) if (isReply(m) && !m.ephemeral) (replies[m.thread] ||= []).push(m);
  const list = useBottom();
  const [fresh] = useState(() => {
    const others = top.filter((m) => m.user !== store.state.me.slack_id && !m.ephemeral);
    return channel.unread > 0 && channel.unread < others.length ? others[others.length - channel.unread]?.ts : '';
  });
  useEffect(() => {
    const read = () => { if (channel.unread > 0 && !document.hidden) act({ do: 'read', channel: channel.id }, { quiet: true }); };
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [channel.unread, channel.id]);
  return html`<div class="conversation">
    <div class="messages" ref=${list.ref} onScroll=${list.onScroll} role="list" aria-label=${`Messages in ${nameOf(channel)}`} tabindex="0" onKeyDown=${arrows}>
      <div class="filler" role="presentation"></div>
      <${Beginning} channel=${channel} />
      ${top.map((m, i) => {
        const before = top[i - 1];
        const day = !before || dayKey(ms(before.ts)) !== dayKey(ms(m.ts));
        return [
          day && html`<div class="day" role="presentation" key=${`d${m.ts}`}><span>${dayWords(ms(m.ts))}</span></div>`,
          fresh === m.ts && html`<div class="new-line" role="separator" key="new"><span>New</span></div>`,
          html`<${Message} key=${m.ts} channel=${channel.id} m=${m} joined=${!day && fresh !== m.ts && joins(before, m)} replies=${replies[m.ts]} />`];
      })}
    </div>
    ${list.away && html`<button type="button" class="latest" onClick=${list.down}>↓ Latest messages</button>`}
    <${Composer} key=${channel.id} channel=${channel} thread="" />
  </div>`;
}

export const nameOf = (c) => (c.kind === 'app' ? store.state.app.name : c.kind === 'group' || c.kind === 'dm' ? c.members.filter((id) => id !== store.state.me.slack_id).map(personName).join(', ') : `#${c.name}`);

function Beginning({ channel }) {
  if (channel.kind === 'app') {
    const cmd = store.state.app.commands?.[0];
    return html`<div class="beginning" role="presentation"><${Avatar} id=${store.state.app.user} size=${44} /><h2>${store.state.app.name} <span class="app-badge">APP</span></h2>
      <p>This is the very beginning of your direct message history with <b>${store.state.app.name}</b>. Only the two of you are in here.
      ${cmd && html` Type <code>${cmd.command}</code> to begin: ${cmd.description[0].toLowerCase() + cmd.description.slice(1)}.`}</p></div>`;
  }
  return html`<div class="beginning" role="presentation"><h2>${nameOf(channel)}</h2>
    <p>${channel.topic ? html`${channel.topic}. ` : ''}This is the very beginning of the <b>${nameOf(channel)}</b> ${channel.kind === 'private' ? 'private ' : ''}channel.</p></div>`;
}

export function Thread({ channel, ts }) {
  const all = store.state.messages[channel.id] || [];
  const parent = all.find((m) => m.ts === ts);
  const replies = all.filter((m) => m.thread === ts && m.ts !== ts && !store.hidden.has(m.ts));
  const list = useBottom();
  return html`<section class="thread" aria-label="Thread" onKeyDown=${(e) => { if (e.key === 'Escape') { e.stopPropagation(); openThread(''); } }}>
    <header class="bar"><h2>Thread</h2><span class="where">${nameOf(channel)}</span>
      <button type="button" class="icon-button" aria-label="Close thread" onClick=${() => openThread('')}>×</button></header>
    <div class="messages" ref=${list.ref} onScroll=${list.onScroll} role="list" aria-label="Replies" tabindex="0" onKeyDown=${arrows}>
      ${parent ? html`<${Message} channel=${channel.id} m=${parent} inThread key=${parent.ts} />` : html`<p class="note">The first message was deleted.</p>`}
      ${replies.length > 0 && html`<div class="count-line" role="presentation"><span>${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}</span></div>`}
      ${replies.map((m, i) => html`<${Message} key=${m.ts} channel=${channel.id} m=${m} joined=${joins(replies[i - 1], m)} inThread />`)}
    </div>
    <${Composer} key=${`${channel.id}/${ts}`} channel=${channel} thread=${ts} />
  </section>`;
}

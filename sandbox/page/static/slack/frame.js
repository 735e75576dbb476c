// The frame: who one is, the sidebar, and the bar above a conversation.
import { html, useState, useEffect } from '/vendor/preact-htm.js';
import { store, go, channel, appDM } from '/slack/store.js';
import { become } from '/lib/who.js';
import { MenuButton } from '/slack/menus.js';
import { Avatar, Mark } from '/slack/avatar.js';
import { nameOf } from '/slack/message.js';

export function TopBar() {
  const { me, people, team } = store.state;
  const [theme, setTheme] = useState(window.theme.get());
  useEffect(() => {
    const look = () => setTheme(window.theme.get());
    addEventListener('themechange', look);
    return () => removeEventListener('themechange', look);
  }, []);
  const other = theme === 'dark' ? 'light' : 'dark';
  const items = people.map((p) => ({
    key: p.key, checked: p.key === me.key, class: 'person', onPick: () => become(p.key),
    text: html`<${Avatar} id=${p.slack_id} name=${p.name} size=${32} /><span class="person-words"><span><b>${p.name}</b> <span class="title">${p.title}</span> <${Mark} of=${p.mark} /></span><span class="option-more">${p.about}</span></span>`,
  }));
  return html`<header class="top">
    <span class="team"><span class="team-mark" aria-hidden="true">${[...team][0]}</span>${team}</span>
    <${MenuButton} items=${items} label="Choose who you are" buttonClass="who" header=${html`<p class="menu-head">Be somebody else in this town. Each tab can be another person.</p>`}>
      <${Avatar} id=${me.slack_id} name=${me.name} size=${24} /><span>You are: <b>${me.name}</b>${me.title && html` <span class="title">— ${me.title}</span>`}</span><${Mark} of=${me.mark} /><span class="caret" aria-hidden="true"></span><//>
    <button type="button" class="theme-switch" aria-label=${`Switch to ${other} colours`} title=${`Switch to ${other} colours`} onClick=${() => window.theme.set(other)}>
      <span class=${theme === 'dark' ? 'i-sun' : 'i-moon'} aria-hidden="true"></span></button>
  </header>`;
}

function Entry({ c, label, mark, here }) {
  const unread = !here && c.unread > 0;
  return html`<li><button type="button" class=${`entry${here ? ' here' : ''}${unread ? ' unread' : ''}`} aria-current=${here ? 'page' : null} data-channel=${c.id}
    onClick=${() => go({ kind: 'channel', id: c.id })}>
    <span class="entry-mark" aria-hidden="true">${mark}</span><span class="entry-name">${label}</span>
    ${c.shared && html`<span class="shared" title="Shared with another organisation" aria-label="shared"><span class="i-shared" aria-hidden="true"></span></span>`}
    ${unread && c.mentions > 0 && html`<span class="badge" aria-label=${`${c.mentions} for you`}>${c.mentions}</span>`}
    ${unread && html`<span class="visually-hidden">${c.unread} unread</span>`}</button></li>`;
}

export function Sidebar() {
  const { channels, app } = store.state;
  const here = (id) => store.place?.kind === 'channel' && store.place.id === id;
  const some = (kinds) => channels.filter((c) => kinds.includes(c.kind));
  const lock = html`<span class="i-lock"></span>`;
  const dm = appDM();
  const atApp = store.place?.kind === 'home' || (dm && here(dm.id));
  const direct = some(['dm', 'group']);
  return html`<nav class="side" aria-label="Conversations">
    <h2>Channels</h2>
    <ul>${some(['channel', 'private']).map((c) => html`<${Entry} key=${c.id} c=${c} here=${here(c.id)} label=${c.name} mark=${c.kind === 'private' ? lock : '#'} />`)}</ul>
    ${direct.length > 0 && html`<h2>Direct messages</h2>
      <ul>${direct.map((c) => html`<${Entry} key=${c.id} c=${c} here=${here(c.id)} label=${nameOf(c)} mark="@" />`)}</ul>`}
    <h2>Apps</h2>
    <ul>${dm && html`<li><button type="button" class=${`entry${atApp ? ' here' : ''}${!atApp && dm.unread ? ' unread' : ''}`} aria-current=${atApp ? 'page' : null} data-channel="app"
      onClick=${() => go({ kind: 'channel', id: dm.id })}>
      <img src="/icon.svg" alt="" width="20" height="20" /><span class="entry-name">${app.name}</span>
      ${!atApp && dm.mentions > 0 && html`<span class="badge" aria-label=${`${dm.mentions} new`}>${dm.mentions}</span>`}</button></li>`}</ul>
  </nav>`;
}

export function Bar() {
  const { app } = store.state;
  const c = store.place.kind === 'channel' && channel(store.place.id);
  if (store.place.kind === 'home' || c?.kind === 'app') {
    const tab = (label, place, on) => html`<button type="button" role="tab" aria-selected=${String(on)} class=${on ? 'on' : ''} onClick=${() => go(place)}>${label}</button>`;
    const dm = appDM();
    return html`<header class="bar app"><div class="bar-line"><img src="/icon.svg" alt="" width="24" height="24" /><h1>${app.name}</h1><span class="app-badge">APP</span></div>
      <div class="tabs" role="tablist" aria-label=${app.name}>${app.has_home && tab('Home', { kind: 'home' }, store.place.kind === 'home')}
        ${dm && tab('Messages', { kind: 'channel', id: dm.id }, store.place.kind !== 'home')}</div></header>`;
  }
  const people = c.members.filter((id) => store.state.users[id] && store.state.users[id].mark !== 'bot');
  return html`<header class="bar"><h1>${c.kind === 'private' ? html`<span class="i-lock" aria-label="private"></span> ` : c.kind === 'channel' ? '# ' : ''}${c.name || nameOf(c)}</h1>
    ${c.topic && html`<span class="where">${c.topic}</span>`}
    <span class="members" title=${people.map((id) => store.state.users[id].name).join(', ')}>${people.slice(0, 3).map((id) => html`<${Avatar} key=${id} id=${id} name=${store.state.users[id].name} size=${22} />`)}<b>${people.length}</b></span></header>`;
}

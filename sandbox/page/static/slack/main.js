// Slack, drawn from the state that the server sends.
import { html, render, useEffect } from '/vendor/preact-htm.js';
import { store, onStore, start, channel } from '/slack/store.js';
import { TopBar, Sidebar, Bar } from '/slack/frame.js';
import { Conversation, Thread } from '/slack/message.js';
import { Modal, Confirm, Toasts, useReturn } from '/slack/modal.js';
import { Surface } from '/slack/surface.js';
import { Blocks } from '/slack/blocks.js';

function Home() {
  const { home, app, me } = store.state;
  if (!home) {
    return html`<div class="home empty"><h2>This is a work in progress!</h2><p>${app.name} has not published anything on your Home tab.</p></div>`;
  }
  const surface = { view: home.id, values: home.values, tz: me.tz };
  return html`<div class="home" data-view=${home.id}><${Surface.Provider} value=${surface}><${Blocks} blocks=${home.blocks} /><//></div>`;
}

function Shut({ me }) {
  return html`<div class="shut"><h1>${me.name}</h1><p>${me.shut}</p><p class="soft">${me.about}. Choose somebody else above.</p></div>`;
}

function useTitle() {
  const s = store.state;
  const waiting = s && !s.me.shut ? s.channels.reduce((n, c) => n + c.mentions, 0) : 0;
  useEffect(() => { if (s) document.title = `${waiting ? `(${waiting}) ` : ''}${s.me.name} · ${s.team} · airpass sandbox`; }, [s?.me.key, waiting]);
}

function App() {
  const s = store.state;
  useTitle();
  const modals = s?.modals || [];
  const front = modals[modals.length - 1];
  useReturn(modals.length > 0);
  if (!s) return html`<div class="waiting" role="status">Opening Slack…</div>`;
  const covered = !!front || !!store.asking;
  const here = store.place?.kind === 'channel' && channel(store.place.id);
  return html`<div class="slack" data-as=${s.me.key}>
    <div class="under" inert=${covered}>
      <${TopBar} />
      ${!store.online && html`<div class="offline" role="alert">The sandbox does not answer. Waiting for it…</div>`}
      ${s.me.shut ? html`<${Shut} me=${s.me} />` : html`<div class=${`room${store.thread ? ' with-thread' : ''}`}>
        <${Sidebar} />
        <main class="place">
          <${Bar} />
          ${store.place.kind === 'home' ? html`<${Home} />` : html`<${Conversation} key=${here.id} channel=${here} />`}
        </main>
        ${here && store.thread && html`<${Thread} key=${store.thread} channel=${here} ts=${store.thread} />`}
      </div>`}
    </div>
    ${front && html`<div class="layer" inert=${!!store.asking} key="modal"><${Modal} key=${front.id} view=${front} /></div>`}
    ${store.asking && html`<${Confirm} key="confirm" asking=${store.asking} />`}
    <${Toasts} />
  </div>`;
}

const root = document.getElementById('slack');
onStore(() => render(html`<${App} key=${store.as} />`, root));
start();

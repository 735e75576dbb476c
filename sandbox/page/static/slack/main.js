// Slack, drawn from the state that the server sends.
import { html, render } from '/vendor/preact-htm.js';
import { subscribe } from '/lib/live.js';

const as = new URL(location).searchParams.get('as') || 'ada';
const root = document.getElementById('slack');

const App = ({ state }) => html`<main>
  <h1>You are: ${state.me.name} — ${state.me.title}</h1>
  ${state.channels.map((c) => html`<section key=${c.id}>
    <h2>${c.is_im ? 'airpass' : `#${c.name}`}</h2>
    ${(state.messages[c.id] || []).map((m) => html`<p key=${m.ts}>${m.text}</p>`)}
  </section>`)}
</main>`;

subscribe(`/api/slack/stream?as=${encodeURIComponent(as)}`, (state) => render(html`<${App} state=${state} />`, root));

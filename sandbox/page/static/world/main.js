// The outside world's panel: what Okta, AWS and Airflow hold now, and what one may do
// to them. Drawn from the state that the server sends; see world.go.
import { html, render, useState } from '/vendor/preact-htm.js';
import { subscribe } from '/lib/live.js';
import { Campaigns } from '/world/campaign.js';
import { ClockBar } from '/world/clock.js';
import { Guide, useGuide } from '/world/guide.js';
import { Airpass, Airflow, Center, Okta } from '/world/systems.js';
import { Trail } from '/world/trail.js';
import { Vendors } from '/world/vendors.js';
import { followAs } from '/world/follow.js';

const Panel = ({ state, up }) => {
  const guide = useGuide(state);
  const [said, say] = useState('');
  return html`<div class="w">
    <header class="w-head">
      <div class="w-title">
        <h1>The outside world</h1>
        <${Connected} bot=${state.bot} />
        <button type="button" class="w-link" aria-expanded=${guide.open} onClick=${guide.toggle}>Guide</button>
      </div>
      ${!up && html`<p class="w-alarm" role="alert">The sandbox does not answer. Is it still running?</p>`}
      <${ClockBar} clock=${state.clock} people=${state.people} say=${say} />
      ${said && html`<p class="w-alarm" role="alert">${said} <button type="button" class="w-link" onClick=${() => say('')}>OK</button></p>`}
    </header>
    ${guide.open && html`<${Guide} guide=${guide} state=${state} />`}
    <${Airpass} state=${state} />
    <${Okta} state=${state} say=${say} />
    <${Center} state=${state} />
    <${Airflow} state=${state} say=${say} />
    <${Campaigns} state=${state} say=${say} />
    <${Vendors} vendors=${state.vendors} say=${say} />
    <${Trail} trail=${state.trail} />
  </div>`;
};

const Connected = ({ bot }) => {
  if (bot.http) return html`<span class="w-chip ok" title="Slack sends airpass signed requests over HTTP">airpass: over HTTP</span>`;
  if (bot.connections > 0) return html`<span class="w-chip ok" title="Connections of airpass to Slack, in Socket Mode">airpass: ${bot.connections} connections</span>`;
  return html`<span class="w-chip bad" title="Nobody is connected to Slack as the app: clicks lead nowhere">airpass: not connected</span>`;
};

const root = document.getElementById('world');
let state = null;
let up = true;
const draw = () => { if (state) render(html`<${Panel} state=${state} up=${up} />`, root); };

subscribe('/api/world/stream', (s) => { state = s; up = true; draw(); }, (answers) => { up = answers; draw(); });
followAs(() => state);

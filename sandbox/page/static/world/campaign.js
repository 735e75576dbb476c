// Campaigns: whom they ask, how far each is, and what becomes of what they ask about.
import { html } from '/vendor/preact-htm.js';
import { post } from '/lib/live.js';
import { Chip, Nothing, Part, Person, Rows, Section, clockTime, day, span, useNow } from '/world/show.js';

const stateWords = { building: 'finding out who has what', open: 'people are asked', closed: 'over' };
const stateKinds = { building: 'busy', open: 'busy', closed: '' };

export const Campaigns = ({ state, say }) => {
  if (state.campaigns.length === 0 && !state.campaigns_error) return null;
  return html`<${Section} id="campaign" title="Campaign: is this access still needed?" badge=${state.campaigns.map((c) => stateWords[c.state]).find((w) => w) || ''}
    about="Regularly airpass asks reviewers in Slack about each access, what was given past it too. Silence takes it away.">
    ${state.campaigns_error && html`<p class="w-alarm">It cannot be read: ${state.campaigns_error}</p>`}
    ${state.campaigns.map((c) => html`<${Campaign} key=${c.name} campaign=${c} state=${state} say=${say} />`)}
  <//>`;
};

const moment = (t) => `${day(t)}, ${clockTime(t)} UTC`;

const Campaign = ({ campaign: c, state, say }) => {
  const now = useNow(state.clock.offset_ms);
  const live = c.state === 'building' || c.state === 'open';
  const act = (url, body) => post(url, body).then(() => say(''), (e) => say(e.message));
  return html`<${Part} title=${c.name} hint=${c.problem}>
    <p>${c.state ? html`<${Chip} kind=${stateKinds[c.state]} hint=${c.problem}>${stateWords[c.state]}<//>` : html`<span class="w-soft">It has not taken place yet.</span>`}
      ${c.state === 'open' && html`<span class="w-soft">until ${moment(c.deadline)}, ${span(new Date(c.deadline) - now)} left; then silence decides</span>`}
      ${c.state === 'closed' && html`<span class="w-soft">since ${moment(c.closed)}</span>`}</p>
    <p class="w-soft">By its schedule next: ${moment(c.next)}</p>
    <div class="w-buttons" role="group" aria-label=${`The campaign ${c.name}`}>
      <button type="button" id="world-campaign-start" disabled=${live} onClick=${() => act('/api/world/campaign', { name: c.name })}
        title="What airpass reviews start does: it takes place now, whatever the schedule says">Start it now</button>
      <button type="button" id="world-campaign-byhand" onClick=${() => act('/api/world/byhand', {})}
        title="As an administrator does in the console: seven permission sets are assigned to people, and no grant says why">Give access by hand</button>
      <button type="button" id="world-campaign-deadline" disabled=${c.state !== 'open'} onClick=${() => act('/api/world/clock', { to: 'deadline' })}
        title="Move the clock to when silence decides what nobody has said anything about">To its deadline</button>
    </div>
    ${c.state && c.state !== 'building' && html`<${Progress} campaign=${c} people=${state.people} />`}
  <//>`;
};

const outcomes = [['open', 'open', 'busy'], ['kept', 'kept', 'ok'], ['revoked', 'taken away', 'bad'], ['reduced', 'reduced', ''], ['delegated', 'asked of others', ''],
  ['silent', 'decided by silence', ''], ['removing', 'not seen to be gone', 'busy'], ['gone', 'gone', '']];

const itemKinds = (i) => (i.state === 'open' || i.state === 'removing' ? 'busy' : i.words.startsWith('kept') ? 'ok' : i.words === 'gone' || i.words.startsWith('reduced') ? '' : 'bad');

const Progress = ({ campaign: c, people }) => html`
  <div class="w-meter"><span>Decided</span><meter aria-label="Decided" min="0" max=${c.tally.items} value=${c.tally.items - c.tally.open}></meter>
    <span class="w-num">${c.tally.items - c.tally.open} of ${c.tally.items}</span></div>
  <p id="world-campaign-outcomes">${outcomes.filter(([key]) => c.tally[key] > 0).map(([key, words, kind]) => html`<${Chip} key=${key} kind=${kind}>${c.tally[key]} ${words}<//>`)}</p>
  ${c.tally.items === 0 && html`<${Nothing}>Nobody has any access: there is nothing to ask about.<//>`}
  <${Rows} label="Reviewers" items=${c.reviewers.map((r) => ({ key: r.login, sig: `${r.open} ${r.items} ${r.told} ${r.overdue}`,
    row: html`<${Person} login=${r.login} people=${people} /> <span class="w-soft">${r.items - r.open} of ${r.items} decided</span>
      ${r.told === 0 && html`<${Chip} kind="busy">not told yet<//>`}
      ${r.told > 1 && html`<${Chip} hint="After the first message">reminded ${r.told - 1} ${r.told > 2 ? 'times' : 'time'}<//>`}
      ${r.overdue && html`<${Chip} kind="bad" hint="Was reminded or is too late, and has something open">overdue<//>`}` }))} />
  ${c.tally.items > 0 && html`<details class="w-fold"><summary>What it asks about: ${c.tally.items}</summary>
    <${Rows} label="Items" items=${c.items.map((i) => ({ key: i.id, sig: i.words,
      row: html`<${Person} login=${i.login} people=${people} /> <b>${i.target}</b> <${Chip} kind=${itemKinds(i)} hint=${i.note}>${i.words}<//>
        <span class="w-soft">asked: ${i.asked.map((l, n) => html`${n > 0 && ', '}<${Person} login=${l} people=${people} />`)}${i.asked.length === 0 && 'nobody'}</span>` }))} />
  </details>`}`;

// The sandbox's clock and the ways to move it.
import { html, useState } from '/vendor/preact-htm.js';
import { post } from '/lib/live.js';
import { clockTime, day, longTime, span, useNow } from '/world/show.js';

const steps = [['1m', '+1 min'], ['15m', '+15 min'], ['1h', '+1 h'], ['8h', '+8 h']];

export const ClockBar = ({ clock, people, say }) => {
  const now = useNow(clock.offset_ms);
  const [own, setOwn] = useState('');
  const move = (body) => post('/api/world/clock', body).then(() => say(''), (e) => say(e.message));
  const next = clock.next;
  const name = next && (people[next.login] ? people[next.login].name : next.login);
  const custom = (e) => {
    e.preventDefault();
    if (own.trim()) move({ by: own.trim().replaceAll(' ', '') }).then(() => setOwn(''));
  };
  return html`<section class="w-clock" aria-label="The clock" id="world-clock">
    <div class="w-time">
      <time datetime=${new Date(now).toISOString()}>${day(now)}, <b>${longTime(now)}</b> UTC</time>
      <span class="w-soft">${clock.offset_ms > 0 ? `${span(clock.offset_ms)} ahead of the real time` : 'the real time'}</span>
    </div>
    <div class="w-buttons" role="group" aria-label="Move the clock forward">
      ${steps.map(([by, label]) => html`<button type="button" key=${by} title=${`Move every system's clock ${label.slice(1)} forward`} onClick=${() => move({ by })}>${label}</button>`)}
      <button type="button" id="world-next-end" disabled=${!next} onClick=${() => move({ to: 'next_end' })}
        title=${next ? `Move the clock to ${clockTime(next.end)} UTC, when the access of ${name} to ${next.target} ends` : 'Nobody has access that ends'}>To the next end</button>
    </div>
    <form class="w-own" onSubmit=${custom}>
      <input aria-label="Move the clock by" placeholder="2h30m" value=${own} onInput=${(e) => setOwn(e.target.value)}
        title="Move the clock by a time of your own: 90s, 45m, 2h30m. It never goes back." /><button type="submit">Go</button>
      <span class="w-soft">${next ? html`Next end: <b>${name}</b>, ${next.target}, ${clockTime(next.end)} UTC, in ${span(new Date(next.end) - now)}` : 'Nobody has access that ends.'}</span>
    </form>
  </section>`;
};

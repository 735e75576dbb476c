// The audit trail, growing.
import { html, useState } from '/vendor/preact-htm.js';
import { Nothing, Rows, Section, longTime } from '/world/show.js';

const few = 12;

export const Trail = ({ trail }) => {
  const [all, setAll] = useState(false);
  const shown = all ? trail.events : trail.events.slice(0, few);
  return html`<${Section} id="trail" title="Audit trail: what airpass has written down" badge=${trail.events.length ? `${trail.events[0].seq} events` : ''}
    about="Each change, sealed and linked to the one before, with who did it. The newest is first.">
    ${trail.error && html`<p class="w-alarm">It cannot be read: ${trail.error}</p>`}
    ${!trail.known && html`<${Nothing}>The sandbox runs without airpass; the trail of yours is not shown here.<//>`}
    ${trail.known && trail.events.length === 0 && html`<${Nothing}>Nothing has happened yet.<//>`}
    <${Rows} label="Audit trail" items=${shown.map((e) => ({ key: e.seq, sig: '', row: html`<${Event} event=${e} />` }))} />
    ${trail.events.length > few && html`<button type="button" class="w-link" onClick=${() => setAll(!all)}>${all ? 'Show fewer' : `Show ${trail.events.length - few} more`}</button>`}
  <//>`;
};

const Event = ({ event }) => html`<div class="w-event" title=${`${event.kind}: ${event.object}`}>
  <span class="w-seq">${event.seq}</span> <time class="w-soft" datetime=${event.at}>${longTime(event.at)}</time> <code>${event.kind}</code>
  <div>${event.words} <span class="w-soft">· ${event.actor}</span></div>
</div>`;

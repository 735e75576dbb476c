// The vendors: how much they are asked, and switches that break them.
import { html, useEffect, useState } from '/vendor/preact-htm.js';
import { post } from '/lib/live.js';
import { Meter } from '/world/systems.js';
import { Chip, Section } from '/world/show.js';

export const Vendors = ({ vendors, say }) => {
  const broken = vendors.filter((v) => v.mode !== 'works').length;
  return html`<${Section} id="vendors" title="Break a vendor" badge=${broken > 0 ? `${broken} broken` : ''}
    about="Ask for access, or let it end, while something does not work: nothing is lost, and it goes on when it works again.">
    ${vendors.map((v) => html`<${Vendor} key=${v.key} vendor=${v} say=${say} />`)}
  <//>`;
};

const windowOf = (budget) => (budget.window === '1s' ? ' a second' : ' a minute');

// Changes are sent one after the other, so that the last one wins.
let line = Promise.resolve();

const Vendor = ({ vendor, say }) => {
  // What was chosen is shown at once; the state that the server sends may be a moment older.
  const [wanted, want] = useState(null);
  useEffect(() => { if (wanted === vendor.mode) want(null); }, [wanted, vendor.mode]);
  const set = (mode) => {
    want(mode);
    line = line.then(() => post('/api/world/vendor', { vendor: vendor.key, mode })).then(() => say(''), (e) => { want(null); say(e.message); });
  };
  const chosen = wanted || vendor.mode;
  const now = vendor.modes.find((m) => m.key === vendor.mode);
  return html`<fieldset class=${`w-vendor ${vendor.mode === 'works' ? '' : 'broken'}`} data-vendor=${vendor.key} data-mode=${vendor.mode}>
    <legend>${vendor.name} <${Chip} kind=${vendor.mode === 'works' ? 'ok' : 'bad'}>${now ? now.label : 'Misbehaves otherwise'}<//></legend>
    <div class="w-modes">
      ${vendor.modes.map((m) => html`<label key=${m.key} title=${m.hint} class=${m.key === chosen ? 'on' : ''}>
        <input type="radio" name=${`mode-${vendor.key}`} value=${m.key} checked=${m.key === chosen} onChange=${() => set(m.key)} />${m.label}</label>`)}
    </div>
    <p class="w-soft">${now ? now.hint : 'Somebody has broken it over the control server. “Works” mends it.'}</p>
    <p class="w-soft">Asked ${vendor.second} times in the last second, ${vendor.minute} in the last minute${vendor.budgets.length === 0 ? '; it publishes no limit' : ''}.</p>
    ${vendor.budgets.map((b) => html`<${Meter} key=${b.name} label=${b.name} used=${b.used} limit=${b.limit} unit=${windowOf(b)} hint="How much of the vendor's limit is used" />`)}
  </fieldset>`;
};

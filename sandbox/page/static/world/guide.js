// The guided path of a first visit. What has been done is told by the server, from the
// audit trail and the vendors; only whether the guide is open is kept here.
import { html, useEffect, useState } from '/vendor/preact-htm.js';
import { become, current, onChange } from '/lib/who.js';
import { lastLink } from '/world/follow.js';
import { Nothing } from '/world/show.js';

const kept = 'airpass-sandbox-guide';

// Each step has the parts of the page where to click: the first that is there is ringed.
const appDM = '#slack [data-channel="app"]:not([aria-current])';
const as = (key, ...there) => [`#slack:not(:has([data-as="${key}"])) button.who`, ...there];
const steps = [
  { key: 'ask', who: 'ada', title: 'Ask for access, as an engineer',
    words: 'You are Ada, a data engineer. Type /airflow into the message box and send it. Choose prod and User, give a reason, and send the form.',
    at: as('ada', '#slack .modal', '#slack .composer-box') },
  { key: 'approve', who: 'grace', title: 'Approve, as her manager',
    words: 'Become Grace, Ada’s manager. The card is here in the channel, and in her messages from airpass. Press Approve.',
    at: as('grace', '#slack .modal', '#slack .msg [data-action="request.approve"]', appDM) },
  { key: 'watch', title: 'Watch the outside world',
    words: 'Okta takes Ada into a group, AWS assigns her the permission set, and airpass reads both back. Then it posts the link.',
    at: ['#world-center', '#world-okta'] },
  { key: 'follow', who: 'ada', title: 'Follow the link',
    words: 'Be Ada again and press Open Airflow in her messages from airpass. The link leads through Okta’s sign-in and the AWS console into Airflow, as herself.',
    at: as('ada', '#slack .msg a[href*="/start"]', appDM) },
  { key: 'end', title: 'Move the clock to the end',
    words: 'Press “To the next end” above: the time is over, and everything is taken away again.',
    at: ['#world-next-end:not(:disabled)'] },
  { key: 'refused', title: 'Try the link again',
    words: 'The message has lost its link. Here it is once more: the access portal refuses it now. The tab in which Airflow is open goes on until its own session ends.',
    at: ['#world-link-again'], again: true },
];

function wasOpen() {
  try { return localStorage.getItem(kept) !== 'closed'; } catch { return true; }
}

// useGuide is whether the guide is open, and a way to change it.
export function useGuide() {
  const [open, set] = useState(wasOpen);
  const toggle = () => {
    set(!open);
    try { localStorage.setItem(kept, open ? 'closed' : 'open'); } catch { /* it lasts for this page */ }
  };
  return { open, toggle };
}

function useMe() {
  const [me, set] = useState(current);
  useEffect(() => onChange(set), []);
  return me;
}

export const Guide = ({ guide, state }) => {
  const me = useMe();
  const at = steps.findIndex((s) => !state.done[s.key]);
  const step = steps[at];
  useRing(state.bot.known && step ? step : null);
  return html`<section class="w-guide" id="world-guide" aria-label="Guide">
    <div class="w-title"><h2>First visit: ${at < 0 ? 'you have seen it all' : `step ${at + 1} of ${steps.length}`}</h2>
      <button type="button" class="w-close" aria-label="Close the guide" title="Close the guide; “Guide” above opens it again" onClick=${guide.toggle}>✕</button></div>
    ${!state.bot.known && html`<${Nothing}>The guide follows what airpass writes down, and the sandbox was started without airpass.<//>`}
    <ol>
      ${steps.map((s, i) => html`<li key=${s.key} class=${state.done[s.key] ? 'done' : i === at ? 'now' : ''} aria-current=${i === at ? 'step' : undefined} data-step=${s.key}>
        <b>${s.title}</b>${state.done[s.key] && html` <span class="w-check">✓ done</span>`}
        ${i === at && html`<p>${s.words}</p>
          ${s.again && lastLink() && html`<a id="world-link-again" href=${lastLink()} target="_blank" rel="noopener">The link of before</a>`}
          ${s.who && s.who !== me && html`<button type="button" class="w-small" onClick=${() => become(s.who)}>Become ${firstName(state, s.who)}</button>`}`}
      </li>`)}
    </ol>
    ${at < 0 && html`<p>Now break a vendor below while you ask again, deactivate somebody in Okta, or open a second tab as another person.</p>`}
  </section>`;
};

function firstName(state, key) {
  const one = Object.values(state.people).find((p) => p.key === key);
  return one ? one.name.split(' ')[0] : key;
}

// useRing lays a ring around the part of the page that a step is about. It is an element
// of its own, which takes no clicks: the other half of the page is left as it is.
function useRing(step) {
  useEffect(() => {
    if (!step) return undefined;
    const ring = document.createElement('div');
    ring.className = 'w-ring';
    ring.setAttribute('aria-hidden', 'true');
    document.body.append(ring);
    const place = () => {
      const target = step.at.map((s) => document.querySelector(s)).find((e) => e && e.getClientRects().length > 0);
      ring.hidden = !target;
      if (!target) return;
      const r = target.getBoundingClientRect();
      ring.style.cssText = `left:${r.left - 4}px;top:${r.top - 4}px;width:${r.width + 8}px;height:${r.height + 8}px`;
    };
    place();
    const timer = setInterval(place, 200);
    return () => { clearInterval(timer); ring.remove(); };
  }, [step && step.key]);
}

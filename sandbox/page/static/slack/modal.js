// Modals, confirmation dialogs and toasts.
import { html, useRef, useLayoutEffect } from '/vendor/preact-htm.js';
import { store, act, submit, touch, dismiss } from '/slack/store.js';
import { Surface } from '/slack/surface.js';
import { Blocks } from '/slack/blocks.js';
import { Text, words } from '/slack/text.js';

const focusable = 'a[href], button:not([disabled]):not([tabindex="-1"]), input:not([disabled]), textarea:not([disabled]), [tabindex="0"]';

// trap keeps Tab inside a dialog.
function trap(e, root) {
  if (e.key !== 'Tab') return;
  const all = [...root.querySelectorAll(focusable)].filter((el) => el.offsetParent !== null);
  if (!all.length) { e.preventDefault(); return; }
  const first = all[0];
  const last = all[all.length - 1];
  if (e.shiftKey && (document.activeElement === first || document.activeElement === root)) { e.preventDefault(); last.focus(); }
  else if (!e.shiftKey && document.activeElement === last) { e.preventDefault(); first.focus(); }
}

// useReturn gives the focus back when the dialogs have gone.
export function useReturn(open) {
  const back = useRef(null);
  useLayoutEffect(() => {
    if (open) { back.current = document.activeElement; return; }
    const el = back.current;
    back.current = null;
    if (!el) return;
    const to = el.isConnected && el !== document.body ? el : document.querySelector('.composer textarea');
    to?.focus({ preventScroll: true });
  }, [open]);
}

export function Modal({ view }) {
  const root = useRef();
  const shown = store.shown[view.id] || {};
  const errors = Object.fromEntries(Object.entries(view.errors || {}).filter(([block]) => !shown.edited?.has(block)));
  const surface = { view: view.id, modal: true, values: view.values, errors, tz: store.state.me.tz };
  useLayoutEffect(() => {
    const body = root.current.querySelector('.modal-body');
    const to = body.querySelector('[data-focus=true]') || body.querySelector('input, textarea, .select, .btn') || root.current.querySelector('.modal-foot .primary') || root.current;
    to.focus();
  }, []);
  const wrong = JSON.stringify(view.errors || {});
  useLayoutEffect(() => {
    if (wrong === '{}') return;
    root.current.querySelector('.b-input.wrong')?.querySelector('[aria-invalid=true], input, .select')?.focus();
  }, [wrong]);
  const close = (all) => act({ do: 'close', view: view.id, all });
  const send = () => { if (view.submit && !shown.busy) submit(surface); };
  const onKey = (e) => {
    trap(e, root.current);
    if (e.key === 'Escape' && !e.defaultPrevented) { e.preventDefault(); e.stopPropagation(); close(false); }
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); send(); }
  };
  const title = words(view.title);
  return html`<div class="scrim">
    <form class="modal" role="dialog" aria-modal="true" aria-label=${title} ref=${root} tabindex="-1" novalidate data-view=${view.id}
        onKeyDown=${onKey} onSubmit=${(e) => { e.preventDefault(); send(); }}>
      <header class="modal-head"><img src="/icon.svg" alt="" width="24" height="24" /><h1><${Text} of=${view.title} /></h1>
        <button type="button" class="icon-button" aria-label="Close" onClick=${() => close(true)}>×</button></header>
      <${Surface.Provider} value=${surface}>
        <div class="modal-body"><${Blocks} blocks=${view.blocks} /></div>
      <//>
      ${shown.text && html`<div class="modal-trouble" role="alert">${shown.text}</div>`}
      <footer class="modal-foot">
        <button type="button" class="btn" onClick=${() => close(false)}>${words(view.close) || (view.submit ? 'Cancel' : 'Close')}</button>
        ${view.submit && html`<button type="submit" class=${`btn primary${shown.busy ? ' busy' : ''}`} aria-busy=${shown.busy ? 'true' : null}>${words(view.submit)}</button>`}
      </footer>
    </form>
  </div>`;
}

export function Confirm({ asking }) {
  const root = useRef();
  const c = asking.confirm;
  useLayoutEffect(() => root.current.querySelector('.yes').focus(), []);
  const onKey = (e) => {
    trap(e, root.current);
    if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); asking.answer(false); }
  };
  return html`<div class="scrim over">
    <div class="modal small" role="alertdialog" aria-modal="true" aria-labelledby="confirm-title" aria-describedby="confirm-text" ref=${root} onKeyDown=${onKey}>
      <header class="modal-head"><h1 id="confirm-title"><${Text} of=${c.title} /></h1>
        <button type="button" class="icon-button" aria-label="Close" onClick=${() => asking.answer(false)}>×</button></header>
      <div class="modal-body" id="confirm-text"><${Text} of=${c.text} /></div>
      <footer class="modal-foot">
        <button type="button" class="btn no" onClick=${() => asking.answer(false)}><${Text} of=${c.deny} /></button>
        <button type="button" class=${`btn yes ${c.style === 'danger' ? 'danger' : 'primary'}`} onClick=${() => asking.answer(true)}><${Text} of=${c.confirm} /></button>
      </footer>
    </div>
  </div>`;
}

export const Toasts = () => html`<div class="toasts" role="status" aria-live="polite">
  ${store.toasts.map((t) => html`<div class=${`toast ${t.tone}`} key=${t.id}><span>${t.text}</span>
    <button type="button" aria-label="Dismiss" onClick=${() => dismiss(t.id)}>×</button></div>`)}
</div>`;

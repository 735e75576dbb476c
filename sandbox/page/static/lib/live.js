// What both halves of the page use to talk to its server.

// subscribe calls onState with each state that the server sends, until the function it
// returns is called. A hidden tab lets go of its line, since a browser opens only six
// to one server, and takes it up again when it is looked at. onLine(up) tells whether
// the server answers.
export function subscribe(url, onState, onLine = () => {}) {
  let source = null;
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(url);
    source.onopen = () => onLine(true);
    source.onmessage = (e) => onState(JSON.parse(e.data));
    source.onerror = () => {
      onLine(false);
      if (source && source.readyState === EventSource.CLOSED) {
        close();
        setTimeout(open, 1000);
      }
    };
  };
  const close = () => { if (source) source.close(); source = null; };
  const look = () => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', look);
  open();
  return () => { document.removeEventListener('visibilitychange', look); close(); };
}

// post sends JSON and returns the answer's. It throws an Error whose message is what
// the server said.
export async function post(url, body) {
  const r = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  if (!r.ok) throw new Error((await r.text()).trim() || `${r.status} ${r.statusText}`);
  return r.status === 204 ? null : r.json();
}

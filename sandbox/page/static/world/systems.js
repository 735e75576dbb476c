// One section for each system: airpass, Okta, Identity Center, Airflow.
import { html } from '/vendor/preact-htm.js';
import { post } from '/lib/live.js';
import { Chip, Nothing, Part, Person, Rows, Section, clockTime, until, useNow } from '/world/show.js';

const grantKinds = { active: 'ok', provisioning: 'busy', revoking: 'busy', scheduled: '' };
const grantWords = { active: 'active', provisioning: 'being set up', revoking: 'being taken away', scheduled: 'starts later' };

export const Airpass = ({ state }) => {
  const { bot, people, clock } = state;
  const now = useNow(clock.offset_ms);
  return html`<${Section} id="airpass" title="airpass: access it has given" badge=${bot.grants.length || ''}
    about="Approved requests whose time is not over. airpass makes the systems below agree with this list.">
    ${bot.error && html`<p class="w-alarm">It cannot be read: ${bot.error}</p>`}
    ${!bot.known && html`<${Nothing}>The sandbox runs without airpass; what yours knows is not shown here.<//>`}
    ${bot.known && bot.grants.length === 0 && html`<${Nothing}>Nobody has any.<//>`}
    <${Rows} label="Access" items=${bot.grants.map((g) => ({
      key: g.id, sig: g.state,
      row: html`<${Person} login=${g.login} people=${people} /> <b>${g.target}</b>
        <${Chip} kind=${grantKinds[g.state]}>${grantWords[g.state] || g.state}<//>
        ${g.state !== 'revoking' && html`<span class="w-soft">${until(g.end, now)}</span>`}`,
    }))} />
  <//>`;
};

const pushWords = (p) => (p.kind === 'group_membership'
  ? `${p.member ? 'joins' : 'leaves'} ${p.group}` : p.kind === 'disable_user' ? 'is to be disabled' : 'is to be updated');

export const Okta = ({ state, say }) => {
  const { okta, people } = state;
  const status = Object.fromEntries(okta.people.map((p) => [p.login, p.status]));
  const out = okta.people.filter((p) => p.status !== 'ACTIVE');
  return html`<${Section} id="okta" title="Okta: who is in which group"
    about="A group stands for a role in an Airflow environment. airpass puts people in and takes them out.">
    ${okta.groups.map((g) => html`<${Part} key=${g.id} title=${g.name} hint=${g.id}>
      <p class="w-soft">for ${g.targets.join(', ')}${g.pushed ? '; Okta pushes it to Identity Center' : ''}${g.members.length === 0 && html`<span class="w-nothing"> · nobody is in it</span>`}</p>
      <${Rows} label=${`Members of ${g.name}`} items=${g.members.map((m) => ({
        key: m, sig: status[m],
        row: html`<${Person} login=${m} people=${people} /> <${StatusChip} status=${status[m]} />`,
      }))} />
    <//>`)}
    <${Part} title="On the way from Okta to Identity Center" hint="Okta pushes a changed group a moment later (SCIM)">
      ${okta.pushes.length === 0 && html`<${Nothing}>Nothing is under way.<//>`}
      <${Rows} label="Pushes" items=${okta.pushes.map((p) => ({
        key: p.id, sig: p.error || '',
        row: html`<${Person} login=${p.login} people=${people} /> ${pushWords(p)}
          <${Chip} kind=${p.error ? 'bad' : 'busy'} hint=${p.error}>${p.error ? `failed: ${p.error}` : 'under way'}<//>`,
      }))} />
    <//>
    <details class="w-fold"><summary>Everybody in Okta: ${okta.people.length - out.length} active, ${out.length} not</summary>
      <${Rows} label="People in Okta" items=${okta.people.map((p) => ({
        key: p.login, sig: p.status, row: html`<${OktaPerson} person=${p} people=${people} say=${say} />`,
      }))} />
    </details>
  <//>`;
};

const StatusChip = ({ status }) => html`<${Chip} kind=${status === 'ACTIVE' ? 'ok' : 'bad'} hint="The person's state in Okta">${status || 'unknown'}<//>`;

const OktaPerson = ({ person, people, say }) => {
  const active = person.status === 'ACTIVE';
  const change = () => post('/api/world/person', { login: person.login, active: !active }).then(() => say(''), (e) => say(e.message));
  return html`<${Person} login=${person.login} people=${people} /> <${StatusChip} status=${person.status} />
    <button type="button" class="w-small" onClick=${change} title=${active
      ? 'As when somebody leaves: Okta takes their applications and sign-ins away, Identity Center disables them. airpass looks every 10 seconds here (every 5 minutes unless configured) and takes live access away'
      : 'Give them their applications back'}>${active ? 'Deactivate' : 'Activate'}</button>`;
};

const principal = (a, people) => (a.type === 'GROUP' ? html`the group <code>${a.principal}</code>` : html`<${Person} login=${a.principal} people=${people} />`);
const same = (a, b) => a.account === b.account && a.permission_set === b.permission_set && a.type === b.type && a.principal === b.principal;

// assignments are those that are there, and those that are being made.
function assignments(center) {
  const running = center.operations.filter((o) => o.status === 'IN_PROGRESS');
  const rows = center.assignments.map((a) => ({ ...a, going: running.some((o) => o.kind === 'delete' && same(o, a)) }));
  for (const o of running) {
    if (o.kind === 'create' && !rows.some((a) => same(a, o))) rows.push({ ...o, coming: true });
  }
  return rows;
}

export const Center = ({ state }) => {
  const { center, people, accounts } = state;
  const shut = center.users.filter((u) => !u.enabled);
  const recent = center.operations.filter((o) => o.status !== 'IN_PROGRESS');
  return html`<${Section} id="center" title="AWS Identity Center: who may use which permission set"
    about="A permission set in an account lets somebody open one Airflow environment in one role.">
    <${Part} title="Assignments">
      <${Rows} label="Assignments" items=${assignments(center).map((a) => ({
        key: [a.account, a.permission_set, a.type, a.principal].join(' '), sig: `${a.coming} ${a.going}`,
        row: html`${principal(a, people)} → <code>${a.permission_set}</code> <span class="w-soft" title=${`Account ${a.account}`}>in ${accounts[a.account]}</span>
          <${Chip} kind=${a.coming || a.going ? 'busy' : 'ok'}>${a.coming ? 'being added…' : a.going ? 'being removed…' : 'assigned'}<//>`,
      }))} />
      <${Meter} label="Additions under way" used=${center.creating} limit=${center.creating_limit} hint="AWS takes at most so many at a time" />
    <//>
    ${center.groups.map((g) => html`<${Part} key=${g.name} title=${`Group ${g.name}, as it has arrived from Okta`}>
      ${g.members.length === 0 && html`<${Nothing}>Nobody is in it.<//>`}
      <${Rows} label=${`Group ${g.name}`} items=${g.members.map((m) => ({ key: m, sig: '', row: html`<${Person} login=${m} people=${people} />` }))} />
    <//>`)}
    <${Part} title="Roles in the accounts" hint="A permission set that somebody is assigned to becomes an IAM role in the account; with the last assignment the role goes">
      ${center.roles.length === 0 && html`<${Nothing}>There is none.<//>`}
      <${Rows} label="Roles" items=${center.roles.map((r) => ({ key: r.account + r.name, sig: '',
        row: html`<code class="w-long">${r.name}</code> <span class="w-soft" title=${`Account ${r.account}`}>in ${accounts[r.account]}</span>` }))} />
    <//>
    ${center.tiles.length > 0 && html`<${Part} title="Tiles of the access portal" hint="A SAML application for each environment: its tile comes and goes with access">
      ${center.tiles.every((t) => t.people.length === 0) && html`<${Nothing}>Nobody has any.<//>`}
      <${Rows} label="Tiles" items=${center.tiles.flatMap((t) => t.people.map((who) => ({ key: t.name + who, sig: '',
        row: html`<${Person} login=${who} people=${people} /> has <code>${t.name}</code>` })))} />
    <//>`}
    <p class="w-soft">${center.users.length - shut.length} people may sign in${shut.length > 0 && html`; disabled: ${shut.map((u, i) => html`${i > 0 && ', '}<b><${Person} login=${u.name} people=${people} /></b>`)}`}.</p>
    ${recent.length > 0 && html`<details class="w-fold"><summary>What was carried out last</summary>
      <${Rows} label="Operations" items=${recent.map((o) => ({ key: o.id, sig: o.status,
        row: html`${o.kind} ${principal(o, people)} <code>${o.permission_set}</code> <${Chip} kind=${o.status === 'FAILED' ? 'bad' : 'ok'} hint=${o.reason}>${o.status}<//>` }))} />
    </details>`}
  <//>`;
};

// Meter shows how much of a limit is used.
export const Meter = ({ label, used, limit, hint, unit = '' }) => html`<div class="w-meter" title=${hint}>
  <span>${label}</span><meter min="0" max=${limit} high=${limit * 0.7} optimum="0" value=${used}>${used} of ${limit}</meter><span class="w-num">${used} of ${limit}${unit}</span>
</div>`;

export const Airflow = ({ state, say }) => {
  const { airflow, people, clock, refusals, accounts } = state;
  const now = useNow(clock.offset_ms);
  const live = airflow.sessions.filter((s) => s.live).length;
  return html`<${Section} id="airflow" title="Airflow: who is signed in" badge=${live || ''}
    about="A session lasts 12 hours, whatever is taken away meanwhile: neither AWS nor airpass can end it.">
    ${airflow.sessions.length === 0 && html`<${Nothing}>Nobody is. Follow the link that airpass posts.<//>`}
    <${Rows} label="Airflow sessions" items=${airflow.sessions.map((s) => ({ key: s.identity + s.since, sig: s.live,
      row: html`<${Person} login=${s.login} people=${people} /> <b>${s.role}</b> in <code>${s.environment}</code>
        <${Chip} kind=${s.live ? 'ok' : ''}>${s.live ? 'signed in' : 'over'}<//> <span class="w-soft">${until(s.until, now)}</span>` }))} />
    ${state.console.length > 0 && html`<${Part} title="AWS console" hint="What the link opens first, in the name of the permission set">
      <${Rows} label="Console sessions" items=${state.console.map((s) => ({ key: s.login + s.permission_set + s.since, sig: s.live,
        row: html`<${Person} login=${s.login} people=${people} /> <code>${s.permission_set}</code> <span class="w-soft">in ${accounts[s.account]}</span>
          <${Chip} kind=${s.live ? 'ok' : ''} hint=${s.ended}>${s.live ? 'open' : 'over'}<//> <span class="w-soft">${s.live ? until(s.until, now) : s.ended}</span>` }))} />
    <//>`}
    ${refusals.length > 0 && html`<${Part} title="Refused at the access portal">
      <${Rows} label="Refusals" items=${refusals.map((r, i) => ({ key: r.login + r.at + i, sig: '',
        row: html`<${Person} login=${r.login} people=${people} /> <code>${r.permission_set}</code> <${Chip} kind="bad">${r.code === 'no-assignment' ? 'not assigned' : r.code}<//>
          <span class="w-soft">${clockTime(r.at)} UTC</span>` }))} />
    <//>`}
    <${Part} title="Environments" hint="What MWAA says of each; airpass holds the link back, or warns, until one can be used">
      <${Rows} label="Environments" items=${airflow.environments.map((e) => ({ key: e.name, sig: e.status,
        row: html`<${Environment} env=${e} statuses=${airflow.statuses} say=${say} />` }))} />
    <//>
  <//>`;
};

const kindOf = (status) => (['AVAILABLE', 'UPDATE_FAILED'].includes(status) ? 'ok'
  : ['UNAVAILABLE', 'CREATE_FAILED', 'DELETING', 'DELETED'].includes(status) ? 'bad' : 'busy');

const Environment = ({ env, statuses, say }) => {
  const change = (e) => post('/api/world/environment', { account: env.account, region: env.region, name: env.name, status: e.target.value })
    .then(() => say(''), (err) => say(err.message));
  return html`<div class="w-env"><code>${env.name}</code> <span class="w-soft" title="Version of Airflow">${env.version}${env.private ? ', private' : ''}</span>
    <select class=${`w-status ${kindOf(env.status)}`} aria-label=${`Status of ${env.name}`} value=${env.status} onChange=${change}
      title="Put the environment into another state, as MWAA would: a link to one that cannot be used is held back">
      ${statuses.map((s) => html`<option key=${s} value=${s} selected=${s === env.status}>${s}</option>`)}
    </select></div>`;
};

// Block Kit's blocks.
import { html } from '/vendor/preact-htm.js';
import { Text, Emoji, Mention, ChannelLink, Link, markdown, dateWords, withEmoji } from '/slack/text.js';
import { Element, Image, Unknown } from '/slack/elements.js';
import { useSurface, domID } from '/slack/surface.js';
import { store } from '/slack/store.js';

const Section = ({ block: b }) => html`<div class="b-section">
  <div class="b-section-text">
    ${b.text && html`<div class="b-text"><${Text} of=${b.text} /></div>`}
    ${b.fields && html`<div class="b-fields">${b.fields.map((f, i) => html`<div key=${i}><${Text} of=${f} /></div>`)}</div>`}
  </div>
  ${b.accessory && html`<div class="b-accessory"><${Element} block=${b} element=${b.accessory} /></div>`}
</div>`;

const Header = ({ block: b }) => html`<div class=${`b-header level${b.level || 1}`} role="heading" aria-level=${(b.level || 1) + 2}><${Text} of=${b.text} /></div>`;

const Context = ({ block: b }) => html`<div class="b-context">
  ${(b.elements || []).map((e, i) => html`<span key=${i}>${e.type === 'image' ? html`<${Image} url=${e.image_url} alt=${e.alt_text} thumb />` : html`<${Text} of=${e} />`}</span>`)}
</div>`;

const Actions = ({ block: b }) => html`<div class="b-actions">
  ${(b.elements || []).map((e, i) => html`<${Element} key=${e.action_id || i} block=${b} element=${e} />`)}
</div>`;

const Picture = ({ block: b }) => html`<figure class="b-image">
  ${b.title && html`<figcaption><${Text} of=${b.title} /></figcaption>`}
  <${Image} url=${b.image_url} alt=${b.alt_text} />
</figure>`;

function Input({ block: b }) {
  const surface = useSurface();
  const id = domID(surface, b, b.element);
  const error = surface.errors?.[b.block_id];
  const grouped = ['checkboxes', 'radio_buttons'].includes(b.element?.type);
  return html`<div class=${`b-input${error ? ' wrong' : ''}`} data-block=${b.block_id}>
    <label class="b-label" for=${grouped ? null : id}><${Text} of=${b.label} />${b.optional && html`<span class="optional"> (optional)</span>`}</label>
    <${Element} block=${b} element=${b.element} />
    ${error && html`<p class="b-error" id=${`${id}-error`} role="alert">${error}</p>`}
    ${b.hint && html`<p class="b-hint" id=${`${id}-hint`}><${Text} of=${b.hint} /></p>`}
  </div>`;
}

function styled(e, inner) {
  const s = e.style || {};
  if (s.code) inner = html`<code>${inner}</code>`;
  if (s.bold) inner = html`<strong>${inner}</strong>`;
  if (s.italic) inner = html`<em>${inner}</em>`;
  if (s.strike) inner = html`<s>${inner}</s>`;
  if (s.underline) inner = html`<u>${inner}</u>`;
  return inner;
}

// rich draws what is inside a rich_text block.
function rich(e, i) {
  switch (e.type) {
    case 'text': return styled(e, e.text);
    case 'link': return styled(e, html`<${Link} url=${e.url}>${e.text || e.url}<//>`);
    case 'emoji': return html`<${Emoji} name=${e.name} />`;
    case 'user': return html`<${Mention} id=${e.user_id} />`;
    case 'channel': return html`<${ChannelLink} id=${e.channel_id} />`;
    case 'usergroup': return html`<span class="mention">@${store.state.groups[e.usergroup_id] || 'group'}</span>`;
    case 'broadcast': return html`<span class="mention me">@${e.range}</span>`;
    case 'date': return html`<time class="date">${dateWords(e.timestamp, e.format || '{date} at {time}')}</time>`;
    case 'color': return html`<code>${e.value}</code>`;
    case 'rich_text_section': return html`<div class="r-section" key=${i}>${e.elements.map(rich)}</div>`;
    case 'rich_text_preformatted': return html`<pre key=${i}>${e.elements.map(rich)}</pre>`;
    case 'rich_text_quote': return html`<blockquote key=${i}>${e.elements.map(rich)}</blockquote>`;
    case 'rich_text_list': {
      const items = e.elements.map((item, n) => html`<li key=${n}>${rich(item)}</li>`);
      const style = { marginLeft: `${(e.indent || 0) * 24}px` };
      return e.style === 'ordered' ? html`<ol key=${i} style=${style} start=${(e.offset || 0) + 1}>${items}</ol>` : html`<ul key=${i} style=${style}>${items}</ul>`;
    }
    default: return html`<${Unknown} what="rich text element" of=${e} />`;
  }
}

const RichText = ({ block: b }) => html`<div class="b-rich">${(b.elements || []).map(rich)}</div>`;

const cell = (c) => (c?.type === 'rich_text' ? (c.elements || []).map(rich) : withEmoji(String(c?.text ?? '')));
const Table = ({ block: b }) => {
  const [head, ...rows] = b.rows || [];
  const align = (i) => ({ textAlign: b.column_settings?.[i]?.align || 'left' });
  return html`<div class="b-table"><table>
    <thead><tr>${(head || []).map((c, i) => html`<th scope="col" style=${align(i)}>${cell(c)}</th>`)}</tr></thead>
    <tbody>${rows.map((r) => html`<tr>${r.map((c, i) => html`<td style=${align(i)}>${cell(c)}</td>`)}</tr>`)}</tbody></table></div>`;
};

const Video = ({ block: b }) => html`<figure class="b-image"><figcaption><${Link} url=${b.title_url || b.video_url}><${Text} of=${b.title} /><//></figcaption>
  <${Image} url=${b.thumbnail_url} alt=${b.alt_text} /></figure>`;

const kinds = {
  section: Section, header: Header, divider: () => html`<hr class="b-divider" />`, context: Context, actions: Actions, image: Picture, input: Input,
  rich_text: RichText, table: Table, video: Video, markdown: ({ block: b }) => html`<div class="b-markdown">${markdown(b.text)}</div>`,
};

export const Blocks = ({ blocks }) => (blocks || []).map((b, i) => {
  const Kind = kinds[b.type];
  const key = `${b.type}/${b.block_id || i}`;
  return html`<div class="block" data-type=${b.type} key=${key}>${Kind ? html`<${Kind} block=${b} />` : html`<${Unknown} what="block" of=${b} />`}</div>`;
});

import { createHash } from 'node:crypto';

/** The parts of a page. */
export interface PageParts {
  /** Plain text, as all that is not `scripts`, `style` and `json`. */
  title: string;
  subtitle: string;
  notes: readonly string[];
  /** Whether there is a threshold to move. */
  slider: boolean;
  style: string;
  /** Run one after the other. */
  scripts: readonly string[];
  /** Read by the scripts, by the id of their element. */
  json: Readonly<Record<string, string>>;
  footer: string;
}

const TICKS = [0.5, 0.9, 0.99, 0.999, 0.9999];

/**
 * A page that is one file. Its content security policy lets nothing run but these very scripts, and nothing be loaded.
 */
export function htmlDocument(parts: PageParts): string {
  const { title, subtitle, notes, slider, style, scripts, json, footer } = parts;
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(sourceHash).join(' ')}`,
    `style-src ${sourceHash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const data = Object.entries(json).map(
    ([id, text]) => `<script type="application/json" id="${id}">${withoutTags(text)}</script>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="delve">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<div>
<h1>${escapeHtml(title)}</h1>
<p class="faint">${escapeHtml(subtitle)}</p>
</div>
<button type="button" id="theme">Dark</button>
</header>
<main>
<noscript><p class="notes">This page draws its figures with JavaScript, which is switched off.</p></noscript>
${notes.length > 0 ? `<ul class="notes">${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>` : ''}
<div class="controls" id="controls">
${slider ? thresholdField() : ''}
<div class="more">
<label class="field"><span class="name">Statistic</span><select id="statistic"></select></label>
<label class="box"><input type="checkbox" id="log"> Log scale</label>
${slider ? '<label class="field" title="delve: as the Python package counts; textbook: the directions that it takes to reach the threshold"><span class="name">Counting</span><select id="rule"></select></label>' : ''}
<details class="choice" id="runs"></details>
<details class="choice" id="modes"></details>
<details class="choice" id="epochs"></details>
</div>
</div>
<div id="figures">
<section>
<div class="heading"><h2 id="layers-title"></h2><p class="faint" id="layers-summary" role="status"></p></div>
<div class="chart" id="layers-chart"></div>
</section>
<div class="others">
<section id="spectrum" hidden>
<div class="heading"><h2 id="spectrum-title"></h2><p class="faint" id="spectrum-summary"></p></div>
<div class="chart" id="spectrum-chart"></div>
</section>
<section id="history" hidden>
<div class="heading"><h2 id="history-title"></h2><p class="faint" id="history-summary"></p></div>
<div class="chart" id="history-chart"></div>
</section>
</div>
</div>
<section class="layers-table">
<div class="heading"><h2>Layers</h2><p class="faint" id="table-summary"></p>
<label class="filter"><input type="search" id="filter" placeholder="Filter layers" aria-label="Filter layers by name"></label></div>
<div class="table"><table id="table"></table><p class="empty faint" id="table-empty" hidden>No layer has such a name.</p></div>
</section>
<footer>${escapeHtml(footer)}</footer>
</main>
${data.join('\n')}
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
}

function thresholdField(): string {
  const ticks = TICKS.map((tick) => `<button type="button" value="${tick}">${tick}</button>`);
  return `<div class="field threshold"><label class="name" for="threshold">Threshold: the share of the variance to be explained</label>
<div class="line"><div class="slide"><input type="range" id="threshold"><div class="ticks">${ticks.join('')}</div></div>
<input type="number" id="threshold-number" min="0" max="1" step="any" aria-label="Threshold, exactly"></div></div>`;
}

function sourceHash(text: string): string {
  if (/<\/(script|style)|<!--/i.test(text))
    throw new Error('a script or style sheet that would end its element');
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** JSON that holds no tags: `<` can stand in it within strings alone. */
function withoutTags(json: string): string {
  return json.replaceAll('<', '\\u003c');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

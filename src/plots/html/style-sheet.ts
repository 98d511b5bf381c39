import type { Theme } from '../figure.js';
import { PALETTES } from '../theme.js';

/** Colours of a theme as custom properties: those of the figures, so that page and figures are one. */
function colours(theme: Theme): string {
  const { background, text, fainter, axis, grid, rule, series } = PALETTES[theme];
  return `--background: ${background}; --text: ${text}; --fainter: ${fainter}; --axis: ${axis}; --grid: ${grid}; --rule: ${rule}; --accent: ${series[0]}; color-scheme: ${theme};`;
}

/** The page's style sheet. */
export const STYLE_SHEET = `
:root { ${colours('light')} --panel: color-mix(in srgb, var(--text) 3%, var(--background)); }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { ${colours('dark')} } }
:root[data-theme=dark] { ${colours('dark')} }
* { box-sizing: border-box; }
body { margin: 0; background: var(--background); color: var(--text); font: 15px/1.45 system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
[hidden] { display: none !important; }
main, header { max-width: 1280px; margin: 0 auto; padding: 0 20px; }
header { display: flex; gap: 16px; align-items: start; justify-content: space-between; padding-top: 20px; padding-bottom: 8px; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
p { margin: 0; }
.faint { color: var(--fainter); overflow-wrap: anywhere; }
button, select, input, summary { font: inherit; color: inherit; }
button, select, summary, input[type=number], input[type=search] { background: var(--background); border: 1px solid var(--axis); border-radius: 6px; padding: 4px 10px; min-height: 34px; }
button, summary, select { cursor: pointer; }
button:hover, summary:hover, select:hover { border-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
input:invalid { border-color: #d1242f; }
.controls { position: sticky; top: 0; z-index: 2; background: var(--background); border-bottom: 1px solid var(--grid); margin: 0 -20px; padding: 10px 20px; display: flex; flex-wrap: wrap; gap: 10px 22px; align-items: end; }
.more { display: contents; }
.field { display: flex; flex-direction: column; gap: 3px; min-width: 0; }
.field > .name { font-size: .8rem; color: var(--fainter); }
.threshold { flex: 1 1 340px; }
.threshold .line { display: flex; gap: 26px; align-items: start; }
.threshold .slide { flex: 1; min-width: 0; }
.threshold input[type=range] { width: 100%; margin: 0; height: 24px; accent-color: var(--accent); cursor: pointer; display: block; }
.threshold input[type=number] { width: 7.5em; }
.ticks { position: relative; height: 20px; margin: 0 8px; }
.ticks button { position: absolute; transform: translateX(-50%); border: 0; padding: 0 4px; min-height: 20px; font-size: .75rem; line-height: 20px; color: var(--fainter); background: none; }
.ticks button:hover { color: var(--accent); text-decoration: underline; }
details { position: relative; }
summary { list-style: none; white-space: nowrap; max-width: 16em; overflow: hidden; text-overflow: ellipsis; }
summary::-webkit-details-marker { display: none; }
summary::after { content: ' ▾'; color: var(--fainter); }
.choices { position: absolute; z-index: 3; top: calc(100% + 4px); left: 0; max-height: 60vh; overflow: auto; min-width: 100%; background: var(--background); border: 1px solid var(--axis); border-radius: 6px; padding: 6px; box-shadow: 0 6px 20px rgb(0 0 0 / 20%); }
.choices label { display: flex; gap: 8px; padding: 4px 8px; width: max-content; max-width: min(420px, 80vw); overflow-wrap: anywhere; cursor: pointer; border-radius: 4px; }
.choices label:hover { background: var(--panel); }
.notes { margin: 12px 0 0; padding: 10px 14px; border-left: 3px solid var(--accent); background: var(--panel); list-style: none; }
section { margin: 18px 0 26px; scroll-margin-top: max(90px, var(--controls, 90px)); }
.heading { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; margin-bottom: 8px; }
.box { display: flex; gap: 6px; align-items: center; min-height: 34px; cursor: pointer; accent-color: var(--accent); }
#figures > *, .others > * { min-width: 0; }
#figures.beside { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 32px; }
#figures.beside #spectrum { position: sticky; top: var(--controls, 100px); z-index: 1; background: var(--background); margin: 0; padding: 18px 0 8px; }
.chart { overflow-x: auto; overflow-y: hidden; }
.chart svg { display: block; }
.chart svg [role=graphics-symbol], .chart svg .mark-symbol path { cursor: pointer; }
.table { overflow-x: auto; border: 1px solid var(--grid); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .875rem; }
th, td { padding: 5px 12px; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--grid); font-weight: normal; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { background: var(--panel); padding: 0; font-weight: 600; }
thead button { border: 0; background: none; width: 100%; text-align: inherit; padding: 6px 12px; font-weight: 600; white-space: nowrap; }
thead button::after { content: '↕'; margin-left: 5px; opacity: .3; font-weight: normal; }
[aria-sort=ascending] button::after { content: '↑'; opacity: 1; color: var(--accent); }
[aria-sort=descending] button::after { content: '↓'; opacity: 1; color: var(--accent); }
.numeric { text-align: right; }
tbody tr { cursor: pointer; }
tbody tr:hover { background: var(--panel); }
tbody tr.picked { background: color-mix(in srgb, var(--accent) 16%, var(--background)); }
tbody th { max-width: 30em; overflow: hidden; text-overflow: ellipsis; }
tbody th button { all: unset; cursor: pointer; white-space: pre; }
tbody th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
td.share { background: linear-gradient(color-mix(in srgb, var(--accent) 28%, transparent) 0 0) no-repeat left / calc(var(--share, 0) * 100%) 100%; }
.empty { padding: 14px; }
.tooltip { position: fixed; z-index: 4; pointer-events: none; max-width: min(420px, 90vw); background: var(--background); color: var(--text); border: 1px solid var(--axis); border-radius: 6px; padding: 7px 10px; box-shadow: 0 6px 20px rgb(0 0 0 / 25%); font-size: .85rem; }
.tooltip dl { display: grid; grid-template-columns: auto 1fr; gap: 1px 12px; margin: 0; }
.tooltip dt { color: var(--fainter); }
.tooltip dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
footer { padding: 0 0 30px; color: var(--fainter); font-size: .85rem; }
@media (min-width: 701px) { .choices { left: auto; right: 0; } }
@media (max-width: 700px) {
  main, header { padding-left: 12px; padding-right: 12px; }
  .controls { display: contents; }
  .threshold { position: sticky; top: 0; z-index: 2; background: var(--background); border-bottom: 1px solid var(--grid); margin: 0 -12px; padding: 8px 12px 4px; }
  .more { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; padding: 10px 0 0; }
  th, td, thead button { padding-left: 8px; padding-right: 8px; }
  tbody th { max-width: 46vw; position: sticky; left: 0; background: var(--background); }
}
@media print {
  :root:root { ${colours('light')} }
  .controls, .threshold, .more, .filter, #theme, .tooltip { display: none !important; }
  main, header { max-width: none; padding: 0; }
  section { break-inside: avoid; }
  section.layers-table { break-inside: auto; }
  .chart, .table { overflow: visible; border: 0; }
  .chart svg { max-width: 100%; height: auto; }
  tr { break-inside: avoid; }
  thead button::after { content: none; }
  table { font-size: 8pt; }
  th, td, thead button { padding: 2px 4px; }
}
`;

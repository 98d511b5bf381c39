/**
 * What `docs/` has to say of a command besides.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const TOPICS = {
  record: ['data', 'models', 'measures', 'writers', 'engines', 'gpu', 'live', 'formats', 'performance'],
  layers: ['models'],
  recompute: ['recompute', 'measures', 'ci'],
  'reconstruct-csv': ['recompute', 'formats'],
  plot: ['plot', 'reading-saturation'],
  compare: ['compare', 'ci'],
  explore: ['explore'],
  pca: ['pca'],
  doctor: ['engines', 'gpu'],
  setup: ['engines', 'gpu', 'installation'],
  completion: ['configuration'],
};

/**
 * The reference of the command line, a page a command: what `--help` prints, as it prints it.
 *
 * @param {(args: string[]) => Promise<string>} help what delve prints for these arguments
 * @returns {Promise<Map<string, string>>} by file name
 */
export async function commandPages(help) {
  const root = await help(['--help']);
  const commands = listed(root);
  const rows = commands.map(([name, summary]) => `| [\`delve ${name}\`](${name}.md) | ${summary} |`);
  const pages = new Map([
    [
      'README.md',
      `# The command line\n\n${['| command | |', '| --- | --- |', ...rows].join('\n')}\n\n${printed(root)}${MADE}`,
    ],
  ]);
  for (const [name] of commands) {
    const topics = (TOPICS[name] ?? []).map((topic) => `[${topic}](../${topic}.md)`);
    const more = topics.length > 0 ? `\nMore: ${topics.join(', ')}.\n` : '';
    pages.set(`${name}.md`, `# \`delve ${name}\`\n\n${printed(await help([name, '--help']))}${more}${MADE}`);
  }
  return pages;
}

/**
 * The commands with their summaries, which may go on over lines.
 * @param {string} root
 * @returns {[name: string, summary: string][]}
 */
export function listed(root) {
  const [, section = ''] = root.match(/^Commands:\n([\s\S]*?)\n\n/m) ?? [];
  return [...section.matchAll(/^ {2}([a-z-]+)(?: \S+)*? {2,}(\S.*(?:\n {10,}\S.*)*)/gm)].flatMap(
    ([, name = '', summary = '']) => (name === 'help' ? [] : [[name, summary.replace(/\s+/g, ' ')]]),
  );
}

/** @param {string} text */
function printed(text) {
  return `\`\`\`text\n${text.replace(/[ \t]+$/gm, '').trimEnd()}\n\`\`\`\n`;
}

const MADE = '\n<!-- made by npm run docs: nothing to be changed here -->\n';

import type { CommandDescription, OptionDescription } from './describe.js';

/** A completion script for fish. */
export function fishCompletion(commands: readonly CommandDescription[]): string {
  const lines = [
    '# delve completion for fish: delve completion fish | source',
    'complete -c delve -e',
    ...commands.map(
      ({ name, summary }) => `complete -c delve -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ),
    `complete -c delve -n __fish_use_subcommand -f -l version -s V -d 'display the version'`,
    ...commands.flatMap(({ name, options, argument }) => {
      const start = `complete -c delve -n '__fish_seen_subcommand_from ${name}'`;
      const words =
        argument && argument.words.length > 0 ? [`${start} -f -a ${quoted(argument.words.join(' '))}`] : [];
      return [...options.map((option) => `${start}${optionArguments(option)}`), ...words];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function optionArguments({ long, short, description, value }: OptionDescription): string {
  // An option may have two long names, such as --colours and --colors.
  const names = [long, short]
    .flatMap((flag) => {
      if (flag === undefined) return [];
      return flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`;
    })
    .join('');
  const help = ` -d ${quoted(description)}`;
  if (!value) return `${names}${help}`;
  if (value.words.length === 0) return `${names} -r${help}`;
  const words = value.words.join(' ');
  return `${names} -x -a ${quoted(value.isList ? `(__fish_append , ${words})` : words)}${help}`;
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

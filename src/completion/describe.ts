import type { Command, Option } from 'commander';

/** What a shell needs to know of a command. */
export interface CommandDescription {
  name: string;
  summary: string;
  options: OptionDescription[];
  /** Of its first argument, which is a path unless words are listed. undefined: it takes none. */
  argument: { name: string; words: string[] } | undefined;
}

export interface OptionDescription {
  long: string;
  short: string | undefined;
  description: string;
  /** undefined for a switch. */
  value: OptionValue | undefined;
}

export interface OptionValue {
  name: string;
  /** What it may be; empty: a path, or whatever the user types. */
  words: string[];
  /** Several of them, with commas between. */
  isList: boolean;
}

/** The commands of a program, in the order of its help. */
export function describeCommands(root: Command): CommandDescription[] {
  return root.commands.map((command) => {
    const [argument] = command.registeredArguments;
    return {
      name: command.name(),
      summary: command.summary() || command.description(),
      options: [
        ...command.options.filter(({ long, hidden }) => long !== undefined && !hidden).map(describeOption),
        { long: '--help', short: '-h', description: 'display help', value: undefined },
      ],
      argument: argument && { name: argument.name(), words: argument.argChoices ?? [] },
    };
  });
}

function describeOption(option: Option): OptionDescription {
  const { long, short, description, flags, required, optional } = option;
  const [, name = 'value'] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? [];
  const words = option.argChoices ?? wordsOf(option.parseArg);
  const isList = option.argChoices === undefined && words.length > 0;
  return {
    long: long!,
    short,
    description,
    value: required || optional ? { name, words, isList } : undefined,
  };
}

/** A parser of lists may tell the words that it takes. */
function wordsOf(parser: (Option['parseArg'] & { words?: string[] }) | undefined): string[] {
  return parser?.words ?? [];
}

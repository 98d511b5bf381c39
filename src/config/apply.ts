import { type Argument, type Command, InvalidArgumentError, type Option } from 'commander';
import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import { type Config, type ConfigValue, isSection } from './read.js';

/** What a name of a configuration file stands for in a command. */
type Target = { option: Option } | { argument: number };

/** Options that say where options come from, and what stands for no option of a file. */
const UNSETTABLE = new Set(['config', 'printConfig', 'help', 'version']);

/**
 * Gives a command the values of a configuration file; what the command line holds wins. Options at the top of the file are for
 * every command that knows them, those under the name of a command for that one, before the others.
 * @throws UserError for a name that no command knows, and for a value that an option refuses.
 */
export function applyConfig(config: Config, command: Command): void {
  const commands = command.parent?.commands ?? [command];
  // `layers` is a command and an option: what holds options by name is for the command.
  const isOfCommand = ([name, value]: [string, ConfigValue]) =>
    isSection(value) && commands.some((one) => one.name() === name);
  const general = Object.entries(config.values).filter((entry) => !isOfCommand(entry));
  const known = commands.flatMap((one) => namesOf(one));
  for (const [name] of general) {
    if (!knows(known, name)) throw new UserError(`${config.where}: ${unknown(name, known)}`);
  }
  const section = config.values[command.name()];
  const own = isSection(section) ? section : {};
  for (const name of Object.keys(own)) {
    if (!knows(namesOf(command), name))
      throw new UserError(`${config.where}: in "${command.name()}" ${unknown(name, namesOf(command))}`);
  }
  const done = new Set<Option | number>();
  for (const [name, value] of [...Object.entries(own), ...general]) {
    const target = targetOf(command, optionName(name));
    const key = target && ('option' in target ? target.option : target.argument);
    // An option may have two names, one of them at the top.
    if (target === undefined || key === undefined || done.has(key)) continue;
    done.add(key);
    if (value !== null) give(command, target, value, `${config.where}: "${name}"`);
  }
}

function knows(known: readonly string[], name: string): boolean {
  return known.includes(optionName(name)) || known.includes(name.toLowerCase());
}

/** Names that a file may hold for a command. */
function namesOf(command: Command): string[] {
  const options = settable(command).flatMap(namesOfOption);
  return [...options, ...command.registeredArguments.map(nameOfArgument)].map(optionName);
}

/** The options that a file may hold. */
export function settable(command: Command): Option[] {
  return command.options.filter((option) => !UNSETTABLE.has(option.attributeName()));
}

/** The name on the command line, without dashes and `no-`. */
export function nameOf(option: Option): string {
  return option.name().replace(/^no-/, '');
}

/** Arguments that `--help` shows in capitals may be written small. */
function nameOfArgument(argument: Argument): string {
  return argument.name().toLowerCase();
}

/** Some options have two names on the command line: `colors` and `colours`. */
function namesOfOption(option: Option): string[] {
  const { short } = option;
  return [nameOf(option), ...(short?.startsWith('--') ? [short.replace(/^--(no-)?/, '')] : [])];
}

function unknown(name: string, known: readonly string[]): string {
  const names = [...new Set(known.map(dashed))];
  const positive = name.replace(/^no-/, '');
  if (positive !== name && names.includes(positive))
    return `there is no option '${name}'; write "${positive}": false`;
  return nearest(name, names, 'option');
}

/** `save-to` as `saveTo`. */
function optionName(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function dashed(name: string): string {
  return name.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function targetOf(command: Command, name: string): Target | undefined {
  const option = settable(command).find((one) => namesOfOption(one).map(optionName).includes(name));
  if (option) return { option };
  const argument = command.registeredArguments.findIndex((one) => nameOfArgument(one) === name.toLowerCase());
  return argument < 0 ? undefined : { argument };
}

function give(command: Command, target: Target, value: ConfigValue, where: string): void {
  if ('argument' in target) {
    const given: unknown = command.processedArgs[target.argument];
    const isGiven = Array.isArray(given) ? given.length > 0 : given !== undefined;
    const { variadic } = command.registeredArguments[target.argument]!;
    const texts = textsOf(value, where);
    if (!variadic && texts.length !== 1) throw new UserError(`${where} must be one value`);
    if (!isGiven) command.processedArgs[target.argument] = variadic ? texts : texts[0];
    return;
  }
  const { option } = target;
  const name = option.attributeName();
  if (command.getOptionValueSource(name) === 'cli') return;
  command.setOptionValueWithSource(name, optionValue(option, value, where), 'config');
}

function optionValue(option: Option, value: ConfigValue, where: string): unknown {
  if (!option.required && !option.optional) {
    if (typeof value !== 'boolean') throw new UserError(`${where} must be true or false`);
    return value;
  }
  if (option.optional && typeof value === 'boolean') return value;
  // What is yes or no on the command line is mostly written so in a file.
  const answer = typeof value === 'boolean' && option.argChoices?.includes('yes');
  const texts = answer ? [value ? 'yes' : 'no'] : textsOf(value, where);
  const parser: Parser | undefined = option.parseArg;
  try {
    if (!parser) return texts.join(',');
    if (!parser.gathers) return parser(texts.join(','), undefined);
    return texts.reduce<unknown>((before, text) => parser(text, before), option.defaultValue);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UserError(`${where}: ${texts.join(',')} is refused: ${error.message}`);
  }
}

/** What reads an option's text; one that `gathers` adds to what it made of the texts before. */
type Parser = NonNullable<Option['parseArg']> & { gathers?: boolean };

/** A value, the elements of a list, or `train=x.npy` for what is named. */
function textsOf(value: ConfigValue, where: string): string[] {
  const texts = Array.isArray(value)
    ? value
    : isSection(value)
      ? Object.entries(value).map(([name, one]) => (isScalar(one) ? `${name}=${one}` : one))
      : [value];
  return texts.map((one) => {
    if (!isScalar(one)) throw new UserError(`${where} must be a value, or a list of values`);
    return String(one);
  });
}

function isScalar(value: ConfigValue): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

import type { Command } from 'commander';
import { nameOf, settable } from './apply.js';

/** The options and arguments that a command was given, by the command line, a file or default: a file that says the same. */
export function configOf(command: Command): { [name: string]: unknown } {
  const given = command.registeredArguments.map((argument, i) => [argument.name(), command.processedArgs[i]]);
  const options = settable(command).map((option) => [
    nameOf(option),
    command.getOptionValue(option.attributeName()),
  ]);
  const isGiven = ([, value]: unknown[]) =>
    value !== undefined && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries([...given, ...options].filter(isGiven));
}

import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import { WRITER_ALIASES, WRITERS, type WriterEntry, writerNames } from './list.js';
import type { WriterSettings } from './writer.js';

/** What the user wrote for a writer: `csv`, `npy:zip`, `./my-writer.js:level=3`. */
export interface WriterSpec {
  text: string;
  /** Of the list; undefined for a module of the user's own. */
  entry: WriterEntry | undefined;
  /** A name of the list, or the path of the module. */
  name: string;
  settings: WriterSettings;
}

/**
 * Reads what the user wrote for writers, `name:setting:setting=value` each; aliases become what they stand for, and a repetition
 * is left out. @throws UserError for a name or setting that is not known, and for a writer that is named with different settings.
 */
export function parseWriterSpecs(texts: readonly string[]): WriterSpec[] {
  const specs = new Map<string, WriterSpec>();
  for (const spec of texts.flatMap(expand).map(parse)) {
    const before = specs.get(spec.name);
    if (before && JSON.stringify(before.settings) !== JSON.stringify(spec.settings)) {
      throw new UserError(
        `--save-to ${before.text},${spec.text}: both write to the same place; name ${spec.name} once, with all of its settings`,
      );
    }
    specs.set(spec.name, before ?? spec);
  }
  return [...specs.values()];
}

/** Endings of SAVEFILE that these writers write, each once. Those of one's own tell nothing of theirs. */
export function writtenEndings(texts: readonly string[]): string[] {
  const endings = parseWriterSpecs(texts).flatMap(({ entry, settings }) => [
    ...(entry?.endings ?? []),
    ...Object.keys(settings).flatMap((key) => entry?.settings?.[key]?.endings ?? []),
  ]);
  return [...new Set(endings)];
}

/** Of several writers that an alias stands for, a setting goes to those that know it; an unknown one to all, which refuse it. */
function expand(text: string): string[] {
  const [alias = '', ...settings] = text.split(':');
  const names = Object.hasOwn(WRITER_ALIASES, alias) ? WRITER_ALIASES[alias] : undefined;
  if (!names) return [text];
  const knows = (name: string, setting: string) =>
    Object.hasOwn(WRITERS[name]?.settings ?? {}, setting.replace(/=.*$/s, ''));
  return names.map((name) => {
    const own = settings.filter(
      (setting) => knows(name, setting) || !names.some((other) => knows(other, setting)),
    );
    return [name, ...own].join(':');
  });
}

function parse(text: string): WriterSpec {
  if (isPath(text)) return parseOwn(text);
  const [name = '', ...rest] = text.split(':');
  const entry = Object.hasOwn(WRITERS, name) ? WRITERS[name] : undefined;
  if (!entry) {
    const known = [...writerNames(), ...Object.keys(WRITER_ALIASES)];
    throw new UserError(`--save-to ${text}: ${nearest(name, known, 'writer')}`);
  }
  const settings = parseSettings(text, rest);
  for (const [key, value] of Object.entries(settings)) checkSetting(text, name, entry, key, value);
  return { text, entry, name, settings };
}

/** Names of the list have neither. */
function isPath(text: string): boolean {
  return /[/\\]|\.\w+(:|$)/.test(text.replace(/=.*$/s, ''));
}

function parseOwn(text: string): WriterSpec {
  const [, name, rest] = /^(.+?\.[cm]?js)(?::(.*))?$/is.exec(text) ?? [];
  if (name === undefined) {
    throw new UserError(`--save-to ${text}: a writer of your own is a .js or .mjs file; give its path`);
  }
  return { text, entry: undefined, name, settings: parseSettings(text, rest?.split(':') ?? []) };
}

function parseSettings(text: string, parts: readonly string[]): WriterSettings {
  const settings: Record<string, string | true> = {};
  for (const part of parts) {
    const [, key, value] = /^([^=]+)(?:=(.*))?$/s.exec(part) ?? [];
    if (key === undefined) {
      throw new UserError(
        `--save-to ${text}: a setting without a name; write name:setting or name:setting=value`,
      );
    }
    if (Object.hasOwn(settings, key)) throw new UserError(`--save-to ${text}: ${key} is set twice`);
    settings[key] = value ?? true;
  }
  return settings;
}

function checkSetting(
  text: string,
  name: string,
  { settings = {} }: WriterEntry,
  key: string,
  value: string | true,
): void {
  const setting = Object.hasOwn(settings, key) ? settings[key] : undefined;
  const known = Object.keys(settings);
  if (!setting) {
    const said = known.length > 0 ? nearest(key, known, 'setting') : `${name} has no settings`;
    throw new UserError(`--save-to ${text}: ${said}`);
  }
  if (setting.takes === undefined && value !== true) {
    throw new UserError(`--save-to ${text}: ${key} takes no value; write ${name}:${key}`);
  }
  if (setting.takes !== undefined && (value === true || value === '')) {
    throw new UserError(`--save-to ${text}: ${key} needs a value; write ${name}:${key}=${setting.takes}`);
  }
}

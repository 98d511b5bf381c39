import type { CommandDescription, OptionDescription } from './describe.js';

/** A completion script for zsh: to be sourced, or kept as \`_delve\` in a folder of \`fpath\`. */
export function zshCompletion(commands: readonly CommandDescription[]): string {
  return `#compdef delve
# delve completion for zsh: source <(delve completion zsh)
_delve() {
  local state line curcontext=$curcontext
  _arguments -C '(- *)--help[display help]' '(- *)--version[display the version]' '1:command:->command' '*::argument:->argument' && return
  case $state in
    command)
      local -a commands
      commands=(
${commands.map(({ name, summary }) => `        ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
      )
      _describe command commands ;;
    argument)
      case $line[1] in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _delve ]; then _delve "$@"; else compdef _delve delve; fi
`;
}

function commandCase({ name, options, argument }: CommandDescription): string {
  const specs = options.flatMap(optionSpecs);
  if (argument) {
    const { words } = argument;
    specs.push(words.length > 0 ? `1:${argument.name}:(${words.join(' ')})` : `*:${argument.name}:_files`);
  }
  const lines = specs.map((spec) => ` \\\n          ${quoted(spec)}`);
  return `        ${name}) _arguments${lines.join('')} ;;`;
}

function optionSpecs({ long, short, description, value }: OptionDescription): string[] {
  const help = description.replace(/[[\]:\\]/g, '\\$&');
  return [long, ...(short === undefined ? [] : [short])].map((flag) => {
    if (!value) return `${flag}[${help}]`;
    const { name, words, isList } = value;
    const plain = name.replace(/[^\w ]/g, ' ').trim();
    const action =
      words.length === 0
        ? '_files'
        : isList
          ? `_values -s , ${plain.replaceAll(' ', '-')} ${words.join(' ')}`
          : `(${words.join(' ')})`;
    // An option may be repeated, and its value may follow a '='.
    return flag.startsWith('--')
      ? `*${flag}=[${help}]:${plain}:${action}`
      : `*${flag}[${help}]:${plain}:${action}`;
  });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

import type { CommandDescription, OptionValue } from './describe.js';

/** A completion script for bash 3.2 and later. */
export function bashCompletion(commands: readonly CommandDescription[]): string {
  const names = commands.map(({ name }) => name);
  return `# delve completion for bash: source <(delve completion bash)
_delve() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command= words= list= i
  COMPREPLY=()
  if [[ $current == = ]]; then current=; fi
  if [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in ${names.join('|')}) command=\${COMP_WORDS[i]}; break ;; esac
  done
  case $command,$before in
${commands.flatMap(valueCases).join('\n')}
    *)
      if [[ -z $command ]]; then words='${[...names, '--help', '--version'].join(' ')}'
      elif [[ $current == -* ]]; then
        case $command in
${commands.map(({ name, options }) => `          ${name}) words='${options.map(({ long }) => long).join(' ')}' ;;`).join('\n')}
        esac
      else
        case $command in
${commands.flatMap(argumentCase).join('\n')}
        esac
      fi ;;
  esac
  if [[ -n $list && $current == *,* ]]; then
    COMPREPLY=($(compgen -P "\${current%,*}," -W "$words" -- "\${current##*,}"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o default -F _delve delve
`;
}

/** One case for the values of an option; none where any path or text may stand. */
function valueCases({ name, options }: CommandDescription): string[] {
  return options.flatMap(({ long, short, value }) => {
    if (!value) return [];
    const patterns = [long, ...(short === undefined ? [] : [short])].map((flag) => `${name},${flag}`);
    return [`    ${patterns.join('|')}) ${assigned(value)};;`];
  });
}

function assigned({ words, isList }: OptionValue): string {
  if (words.length === 0) return '';
  return `words='${words.join(' ')}' ${isList ? 'list=1 ' : ''}`;
}

function argumentCase({ name, argument }: CommandDescription): string[] {
  return argument && argument.words.length > 0
    ? [`          ${name}) words='${argument.words.join(' ')}' ;;`]
    : [];
}

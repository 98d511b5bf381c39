import { Argument, type Command } from 'commander';
import type { Host } from '../host.js';

const EXAMPLES = `
Examples:
  $ source <(delve completion bash)                                  # in ~/.bashrc
  $ source <(delve completion zsh)                                   # in ~/.zshrc, after compinit
  $ delve completion fish > ~/.config/fish/completions/delve.fish`;

export function declareCompletion(root: Command, host: Host): void {
  root
    .command('completion')
    .summary('a script that completes commands and options in your shell')
    .description('Prints a script with which a shell completes the commands, options and values of delve.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: string) => {
      const [{ SHELLS }, { describeCommands }] = await Promise.all([
        import('../completion/shells.js'),
        import('../completion/describe.js'),
      ]);
      host.stdout.write(SHELLS[shell]!(describeCommands(root)));
    });
}

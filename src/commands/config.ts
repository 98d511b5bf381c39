import { type Command, CommanderError } from 'commander';
import { fromHost, type Host } from '../host.js';

/** Lets every command take its options from a file. To be called once they are all declared. */
export function declareConfig(root: Command, host: Host): void {
  for (const command of root.commands.filter(({ options }) => options.length > 0)) {
    command
      .optionsGroup('Configuration:')
      .option('--config <file>', 'take options from a .json or .yaml file (default: "delve" in package.json)')
      .option('--no-config', 'take none from package.json')
      .option('--print-config', 'print the options as they stand, as JSON for --config, and stop');
    const required = command.registeredArguments.filter((argument) => argument.required);
    for (const argument of required) argument.required = false;
    command.hook('preAction', async () => {
      await configure(command, host);
      for (const argument of required)
        requireArgument(command, command.registeredArguments.indexOf(argument));
    });
  }
}

async function configure(command: Command, host: Host): Promise<void> {
  const { config: file, printConfig } = command.opts<{ config?: string | false; printConfig?: true }>();
  if (file !== false) {
    const { readConfig } = await import('../config/read.js');
    const config = await readConfig(file === undefined ? undefined : fromHost(host, file), host.cwd());
    if (config) (await import('../config/apply.js')).applyConfig(config, command);
  }
  if (!printConfig) return;
  const { configOf } = await import('../config/print.js');
  host.stdout.write(`${JSON.stringify(configOf(command), null, 2)}\n`);
  throw new CommanderError(0, 'delve.printConfig', '');
}

/** What commander itself checks too early: before the file was read. */
function requireArgument(command: Command, index: number): void {
  const given: unknown = command.processedArgs[index];
  if (given !== undefined && !(Array.isArray(given) && given.length === 0)) return;
  const name = command.registeredArguments[index]!.name();
  command.error(`error: missing required argument '${name}'`, {
    exitCode: 1,
    code: 'commander.missingArgument',
  });
}

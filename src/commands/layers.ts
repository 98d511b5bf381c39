import { type Command, Option } from 'commander';
import { CONV_METHODS, type PointOptions, TIMESERIES_METHODS } from '../core/points.js';
import { fromHost, type Host } from '../host.js';

interface Flags {
  signature?: string;
  convMethod: PointOptions['convMethod'];
  timeseriesMethod: PointOptions['timeseriesMethod'];
  json?: true;
}

export function declareLayers(root: Command, host: Host): void {
  root
    .command('layers')
    .summary('show the layers that a network has and what recording them takes')
    .description(
      'Shows the layers of a network, without running it: name, kind, output shape, dimension d of the feature space, bytes of the covariance, parameters; and what is not recorded, and why.',
    )
    .argument('<model>', 'SavedModel folder or .onnx file')
    .option('--signature <name>', 'signature of the SavedModel (default: serving_default)')
    .addOption(
      new Option('--conv-method <method>', 'as for record: it decides d')
        .choices(CONV_METHODS)
        .default('channelwise'),
    )
    .addOption(
      new Option('--timeseries-method <method>', 'as for record: it decides d')
        .choices(TIMESERIES_METHODS)
        .default('last_timestep'),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ delve layers fixtures/mnist/cnn\n  $ delve layers resnet.onnx --json',
    )
    .action(async (path: string, flags: Flags) => {
      const [{ describeModel }, { layersTable }, { terminal }, { formatJson }] = await Promise.all([
        import('../record/describe-model.js'),
        import('../ui/layers-table.js'),
        import('../ui/terminal.js'),
        import('../ui/json.js'),
      ]);
      const { signature, convMethod, timeseriesMethod, json } = flags;
      const description = await describeModel(fromHost(host, path), {
        signature,
        points: { convMethod, timeseriesMethod },
      });
      const screen = terminal(host.stdout, host.env);
      host.stdout.write(json ? `${formatJson(description)}\n` : layersTable(description, screen));
    });
}

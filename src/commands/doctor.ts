import type { Command } from 'commander';
import { GateFailed } from '../errors.js';
import type { Host } from '../host.js';

interface Flags {
  checkGpu?: true;
  json?: true;
}

const EXAMPLES = `
Examples:
  $ delve doctor
  $ delve doctor --json
  $ delve doctor --check-gpu`;

export function declareDoctor(root: Command, host: Host): void {
  root
    .command('doctor')
    .summary('show which engines are installed, and what devices they see')
    .description(
      'Shows which engines are installed, at what version and where, what devices each of them sees, and for what is missing the command that brings it.',
    )
    .option(
      '--check-gpu',
      'run a small network on the GPU with every engine that sees one, and compare it with the CPU; exits with 1 if nothing could be checked, or something differs',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => {
      const [{ diagnose }, { doctorTable, gpuTable }, { terminal }, { formatJson }] = await Promise.all([
        import('../doctor/doctor.js'),
        import('../ui/doctor-table.js'),
        import('../ui/terminal.js'),
        import('../ui/json.js'),
      ]);
      const screen = terminal(host.stdout, host.env);
      const diagnosis = await diagnose();
      if (!flags.json) host.stdout.write(doctorTable(diagnosis, screen));
      if (!flags.checkGpu) {
        if (flags.json) host.stdout.write(`${formatJson(diagnosis)}\n`);
        return;
      }
      const [{ checkGpus }, { isWithin }, { availableParallelism }] = await Promise.all([
        import('../doctor/check-gpu.js'),
        import('../doctor/compare-engines.js'),
        import('node:os'),
      ]);
      const gpu = await checkGpus(availableParallelism());
      host.stdout.write(flags.json ? `${formatJson({ ...diagnosis, gpu })}\n` : `\n${gpuTable(gpu, screen)}`);
      const agrees = gpu.checks.length > 0 && gpu.checks.every(({ difference }) => isWithin(difference));
      if (!agrees) throw new GateFailed();
    });
}

import { parseArguments } from './arguments.ts';
import { COMMANDS } from './commands/all.ts';
import { contextOf } from './context.ts';
import type { CommandDefinition } from './definition.ts';
import { failureOf, printable } from './error-messages.ts';
import { EXIT, UsageFailure } from './failures.ts';
import { helpOf, usageOf, wordsIn } from './help.ts';
import type { Interruption } from './interruption.ts';
import type { Values } from './option-values.ts';
import { type Environment, type Settings, settingsOf } from './settings.ts';
import { inputSkeleton, outputSkeleton, yamlSkeleton } from './skeleton.ts';
import { page, type Streams } from './terminal.ts';
import { inputOf } from './values.ts';
import { versionLine } from './version.ts';

export interface Invocation {
  readonly argv: readonly string[];
  readonly environment: Environment;
  readonly streams: Streams;
  readonly interruption: Interruption;
}

/**
 * Runs a command line. Writes data to stdout, and everything else to stderr.
 * @returns the exit code (failures.ts)
 * @throws unexpected errors
 */
export async function run(invocation: Invocation): Promise<number> {
  const { argv, environment, streams, interruption } = invocation;
  let endpointUrl = '';
  let words = wordsIn(argv, COMMANDS);
  try {
    const parsed = parseArguments(argv, COMMANDS, (known) => {
      words = known;
    });
    if (parsed.kind === 'version') {
      streams.stdout.write(`${versionLine()}\n`);
      return EXIT.OK;
    }
    if (parsed.kind === 'help') {
      const pager = argv.includes('--no-cli-pager') ? '' : (environment.AWS_PAGER ?? environment.PAGER ?? 'less');
      await interruption.leaveToPager(() => page(helpOf(parsed.words, COMMANDS), pager, streams, environment));
      return EXIT.OK;
    }
    const settings = settingsOf(parsed.values, environment);
    endpointUrl = settings.endpointUrl ?? '';
    return await runCommand(parsed.command, parsed.values, settings, invocation);
  } catch (error) {
    const failure = failureOf(error, endpointUrl);
    if (failure === undefined) throw error;
    const usage = failure instanceof UsageFailure ? `${usageOf(words, COMMANDS)}\nevent-trackers: error: ` : '';
    // The message may quote the service, so control characters are removed.
    streams.stderr.write(`\n${usage}${printable(failure.message)}\n`);
    return failure.exitCode;
  }
}

async function runCommand(
  command: CommandDefinition,
  values: Values,
  settings: Settings,
  { environment, streams, interruption }: Invocation,
): Promise<number> {
  if (settings.isDirect && !command.isForDirect) {
    throw new UsageFailure(
      `argument --direct: not allowed with ${command.words.join(' ')}; only create-event-tracker and describe-event-tracker support it`,
    );
  }
  const query = settings.query ? (await import('./output/query.ts')).queryOf(settings.query) : undefined;
  let exitCode: number = EXIT.OK;
  const debug = values.has('--debug') ? (line: string) => void streams.stderr.write(`debug: ${line}\n`) : () => {};
  debug(`${versionLine()}, ${command.words.join(' ')}`);
  debug(
    `endpoint ${settings.endpointUrl ?? 'not configured'}, ${settings.auth === 'iam' ? 'signed with AWS credentials' : `token from ${settings.token?.kind ?? 'not configured'}`}, ` +
      `Region ${settings.region ?? 'not configured'}, output ${settings.output}`,
  );
  const context = contextOf({
    settings,
    environment,
    streams,
    interruption,
    query,
    debug,
    isEndpointGiven: values.has('--endpoint-url'),
    exitWith: (code) => {
      exitCode = code;
    },
  });
  const kind = values.text('--generate-cli-skeleton');
  const { shapes, operation } = command;
  if (shapes !== undefined && (kind === 'input' || kind === 'yaml-input')) {
    // A template to fill in: --output and --query do not apply.
    const shape = shapes.input(settings.isDirect);
    await context.write(kind === 'input' ? `${JSON.stringify(inputSkeleton(shape), null, 4)}\n` : yamlSkeleton(shape));
    return EXIT.OK;
  }
  const input = await inputOf(values, command, settings);
  if (shapes !== undefined && kind === 'output') {
    await context.print(outputSkeleton(shapes.output(settings.isDirect)), operation);
  } else await command.run(context, values, input);
  return exitCode;
}

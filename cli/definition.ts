import type { Context } from './context.ts';
import type { Values } from './option-values.ts';
import type { StructureShape } from './shapes.ts';

/** An option as the parser, the help and the docs' test know it. */
export interface OptionDefinition {
  /** With its hyphens, as --name. */
  readonly flag: string;
  /** What stands for its value in the help; a flag without one is a switch. */
  readonly value?: string;
  readonly help: string;
  /** Takes several values. */
  readonly isList?: true;
  /** The value may be left out: this is it then. */
  readonly valueIfBare?: string;
  readonly choices?: readonly string[];
  /** A whole number, from this on. */
  readonly integerFrom?: number;
  readonly integerTo?: number;
  /** The flag without which this one would mean nothing. */
  readonly onlyWith?: string;
  /** The flag beside which this one would be without effect. */
  readonly notWith?: string;
  /** Known from the AWS CLI, and refused for this reason. */
  readonly refused?: string;
}

export interface Example {
  readonly text: string;
  readonly command: string;
}

/** Of a command whose parameters have a shape. */
export interface CommandInput {
  /** With --direct, what Personalize takes and answers. */
  shape(isDirect: boolean): StructureShape;
  outputShape(isDirect: boolean): StructureShape;
  /** The parameters of the line and of --cli-input-json or -yaml, not checked yet. Rejects with UsageFailure, ParameterFailure */
  read(context: Context, values: Values): Promise<Record<string, unknown>>;
}

export interface CommandDefinition {
  /** As typed: one word, or two as in wait event-tracker-active. */
  readonly words: readonly string[];
  /** The API's name, for errors and the titles of tables. */
  readonly operation: string;
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly options: readonly OptionDefinition[];
  readonly examples: readonly Example[];
  readonly output: string;
  /** For --generate-cli-skeleton, --cli-input-json and --cli-input-yaml. */
  readonly input?: CommandInput;
  /** Whether --direct is for it. */
  readonly isForDirect?: true;
  /** @throws Failure, EventTrackersError, EventTrackerWaitError */
  run(context: Context, values: Values): Promise<void>;
}

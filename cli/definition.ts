import type { Context } from './context.ts';
import type { Values } from './option-values.ts';
import type { StructureShape } from './shapes.ts';

/** An option, as the parser, the help and the tests of the docs use it. */
export interface OptionDefinition {
  /** With its hyphens, such as --name. */
  readonly flag: string;
  /** The placeholder for its value in the help; an option without one is a switch. */
  readonly value?: string;
  readonly help: string;
  /** Takes several values. */
  readonly isList?: true;
  /** The value that applies if it is omitted. */
  readonly valueIfBare?: string;
  readonly choices?: readonly string[];
  /** The value is a whole number, at least this. */
  readonly integerFrom?: number;
  readonly integerTo?: number;
  /** The flag that this one requires. */
  readonly onlyWith?: string;
  /** The flag that excludes this one. */
  readonly notWith?: string;
  /** Why this option of the AWS CLI is not supported. */
  readonly refused?: string;
}

export interface Example {
  readonly text: string;
  readonly command: string;
}

/** The input and output shapes of a command. */
export interface CommandInput {
  /** With --direct, the shapes of Personalize. */
  shape(isDirect: boolean): StructureShape;
  outputShape(isDirect: boolean): StructureShape;
  /** The parameters from options and from --cli-input-json or -yaml, not validated. Rejects with UsageFailure or ParameterFailure. */
  read(context: Context, values: Values): Promise<Record<string, unknown>>;
}

export interface CommandDefinition {
  /** The command as typed: one word, or two as in wait event-tracker-active. */
  readonly words: readonly string[];
  /** The name of the API operation, for errors and the titles of tables. */
  readonly operation: string;
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly options: readonly OptionDefinition[];
  readonly examples: readonly Example[];
  readonly output: string;
  /** Supports --generate-cli-skeleton, --cli-input-json and --cli-input-yaml. */
  readonly input?: CommandInput;
  /** Whether it supports --direct. */
  readonly isForDirect?: true;
  /** @throws Failure, EventTrackersError, EventTrackerWaitError */
  run(context: Context, values: Values): Promise<void>;
}

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

/** The parameters of an API operation. */
export type Input = Readonly<Record<string, unknown>>;

/** The input and output shapes of a command; with --direct, those of Personalize. */
export interface CommandShapes {
  /** The parameters: options with the names of its members, --cli-input-json and --cli-input-yaml. */
  input(isDirect: boolean): StructureShape;
  output(isDirect: boolean): StructureShape;
  /** Converts what the AWS CLI accepts to the types of the input shape, before the validation. @throws ParameterFailure */
  convert?(input: Input): Input;
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
  /** Absent if the command calls no operation of the API. It then has no --cli-input-json, --cli-input-yaml and --generate-cli-skeleton. */
  readonly shapes?: CommandShapes;
  /** Whether it supports --direct. */
  readonly isForDirect?: true;
  /**
   * @param input the parameters, validated against the input shape
   * @throws Failure, EventTrackersError, EventTrackerWaitError
   */
  run(context: Context, values: Values, input: Input): Promise<void>;
}

import type * as z from 'zod';
import { AwsError } from '../wire.ts';
import { parseInput } from '../wire-input.ts';
import { pageOf } from '../wire-page.ts';
import type { Interactions } from './interactions.ts';
import type { Paging } from './shapes.ts';
import type { PersonalizeState } from './state.ts';

/** Faults that change what an operation does or sees, not only its response. */
export type Twist =
  | { readonly fault: 'create-failed' | 'stuck' }
  /** The call does not see what was created in the last `lagMs`. */
  | { readonly fault: 'stale-list' | 'stale-describe'; readonly lagMs: number };

/** What an operation works on. `now` is the time of the call, in milliseconds since the epoch. */
export interface Context {
  readonly state: PersonalizeState;
  readonly interactions: Interactions;
  readonly now: number;
  readonly twist?: Twist | undefined;
  readonly datasetGroupQuota?: number | undefined;
}

/** An operation of the service. */
export interface Operation<O> {
  /** The members of its input, by their names in the service model. */
  readonly members: readonly string[];
  /** It changes something, so it can take effect late. */
  readonly writes: boolean;
  /** @throws AwsError one of the operation's modelled errors, or SerializationException for a value of another JSON type */
  run(input: Readonly<Record<string, unknown>>, context: Context): O;
}

interface Definition<S extends z.ZodObject, O> {
  readonly input: S;
  readonly writes?: boolean;
  /**
   * The error for a value outside its shape. Which one Personalize returns is not published. By default it is
   * `InvalidInputException` ("Provide a valid value for the field or parameter"); `ValidationException` is for operations that do not
   * model that.
   */
  readonly refusal?: 'InvalidInputException' | 'ValidationException';
  act(input: z.infer<S>, context: Context): O;
}

/** An operation that validates its input before it acts. */
export function operation<S extends z.ZodObject, O>(definition: Definition<S, O>): Operation<O> {
  const { input: shape, writes = false, refusal = 'InvalidInputException' } = definition;
  return {
    members: Object.keys(shape.shape),
    writes,
    run: (input, context) => definition.act(parseInput(shape, input, refusal), context),
  };
}

/** The resource, or ResourceNotFoundException naming its ARN. */
export function found<R>(resource: R | undefined, arn: string): R {
  if (resource === undefined) throw new AwsError('ResourceNotFoundException', `Resource ${arn} does not exist.`);
  return resource;
}

/** One page of a list in the order of creation. `list` names the operation and its filter. @throws AwsError InvalidNextTokenException */
export const page = <R extends { readonly sequence: number }>(
  resources: readonly R[],
  list: string,
  { nextToken: token, maxResults: size }: z.infer<z.ZodObject<typeof Paging>>,
) => pageOf(resources, ({ sequence }) => sequence, { list, token, size, refusal: 'InvalidNextTokenException' });

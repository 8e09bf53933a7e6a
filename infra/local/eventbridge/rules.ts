import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { AwsError } from '../wire.ts';
import type { EntryFailure } from './event.ts';
import { compilePattern, type EventPattern } from './pattern.ts';
import { checkTargetInput, type TargetInput } from './target-input.ts';

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** A target as PutTargets received it. What the local EventBridge ignores (DeadLetterConfig …) is kept and listed. */
export interface Target extends TargetInput {
  readonly Id: string;
  readonly Arn: string;
  /** Who puts events on another bus; ignored for other targets. */
  readonly RoleArn?: string | undefined;
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number | undefined } | undefined;
}

export interface Rule {
  readonly bus: string;
  readonly name: string;
  readonly pattern: string;
  readonly state: RuleState;
  readonly description?: string;
  readonly roleArn?: string;
  readonly targets: readonly Target[];
}

const STATES = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'] as const;
const ruleSchema: z.ZodType<Rule> = z.object({
  bus: z.string(),
  name: z.string(),
  pattern: z.string().refine(isPattern, 'must be an event pattern'),
  state: z.enum(STATES),
  description: z.string().optional(),
  roleArn: z.string().optional(),
  targets: z.array(
    z.looseObject({
      Id: z.string(),
      Arn: z.string(),
      RoleArn: z.string().optional(),
      Input: z.string().optional(),
      InputPath: z.string().optional(),
      RetryPolicy: z.looseObject({ MaximumRetryAttempts: z.number().optional() }).optional(),
    }),
  ),
});

function isPattern(text: string): boolean {
  try {
    compilePattern(text);
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}

// EventBridge quotas: rules on a bus, targets of a rule.
const MAX_RULES = 300;
const MAX_TARGETS = 5;

// Neither contains a space.
const keyOf = (bus: string, name: string): string => `${bus} ${name}`;
const limitExceeded = () =>
  new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');

/** The rules of all buses with their targets, on disk when a path is given. */
export class Rules {
  readonly #rules: DurableMap<Rule>;
  readonly #patterns = new Map<string, EventPattern>();

  constructor(path?: string) {
    this.#rules = new DurableMap(path, ruleSchema);
    for (const [key, rule] of this.#rules.entries()) this.#patterns.set(key, compilePattern(rule.pattern));
  }

  /**
   * Creates the rule, or replaces it except for its targets. Attributes that are left out are removed.
   * @throws AwsError InvalidEventPatternException, LimitExceededException
   */
  put(rule: Omit<Rule, 'targets'>): void {
    const key = keyOf(rule.bus, rule.name);
    const pattern = compilePattern(rule.pattern);
    const known = this.#rules.get(key);
    if (known === undefined && this.on(rule.bus).length >= MAX_RULES) throw limitExceeded();
    this.#rules.set(key, { ...rule, targets: known?.targets ?? [] });
    this.#patterns.set(key, pattern);
  }

  /** @throws AwsError ResourceNotFoundException */
  get(bus: string, name: string): Rule {
    const rule = this.#rules.get(keyOf(bus, name));
    if (rule === undefined) {
      throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`);
    }
    return rule;
  }

  on(bus: string): Rule[] {
    return [...this.#rules.values()].filter((rule) => rule.bus === bus);
  }

  /** @throws AwsError ResourceNotFoundException */
  setState(bus: string, name: string, state: RuleState): void {
    this.#rules.set(keyOf(bus, name), { ...this.get(bus, name), state });
  }

  /** Like AWS, succeeds if there is no such rule. @throws AwsError ValidationException while it has targets */
  delete(bus: string, name: string): void {
    const key = keyOf(bus, name);
    const rule = this.#rules.get(key);
    if (rule === undefined) return;
    if (rule.targets.length > 0) {
      throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    }
    this.#rules.delete(key);
    this.#patterns.delete(key);
  }

  /**
   * Adds targets; one with a known id replaces it.
   * @throws AwsError ResourceNotFoundException, ValidationException (input), LimitExceededException (more than 5 a rule)
   */
  putTargets(bus: string, name: string, targets: readonly Target[]): void {
    const rule = this.get(bus, name);
    for (const target of targets) checkTargetInput(target.Id, target);
    const byId = new Map([...rule.targets, ...targets].map((target) => [target.Id, target]));
    if (byId.size > MAX_TARGETS) throw limitExceeded();
    this.#rules.set(keyOf(bus, name), { ...rule, targets: [...byId.values()] });
  }

  /** @returns the IDs that the rule does not have, each with its error. @throws AwsError ResourceNotFoundException */
  removeTargets(bus: string, name: string, ids: readonly string[]): ({ readonly TargetId: string } & EntryFailure)[] {
    const rule = this.get(bus, name);
    const left = rule.targets.filter((target) => !ids.includes(target.Id));
    if (left.length < rule.targets.length) this.#rules.set(keyOf(bus, name), { ...rule, targets: left });
    return ids
      .filter((id) => !rule.targets.some((target) => target.Id === id))
      .map((id) => ({
        TargetId: id,
        ErrorCode: 'ResourceNotFoundException',
        ErrorMessage: `Rule ${name} does not have a target with the Id ${id}.`,
      }));
  }

  /** The enabled rules of the bus, with their patterns. */
  enabledOn(bus: string): { readonly rule: Rule; readonly matches: EventPattern }[] {
    return this.on(bus).flatMap((rule) => {
      const matches = this.#patterns.get(keyOf(bus, rule.name));
      return rule.state === 'DISABLED' || matches === undefined ? [] : [{ rule, matches }];
    });
  }

  close(): void {
    this.#rules.close();
  }
}

import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { ACCOUNT_ID, AwsError, type Clock, REGION } from '../wire.ts';

export interface Parameter {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  /** Of a SecureString: in the clear. The file of the data folder is readable by its owner only. */
  readonly value: string;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly dataType: string;
  readonly keyId?: string;
  readonly description?: string;
  readonly allowedPattern?: string;
}

const parameterSchema: z.ZodType<Parameter> = z.object({
  name: z.string(),
  type: z.enum(['String', 'StringList', 'SecureString']),
  value: z.string(),
  version: z.int(),
  modifiedAt: z.number(),
  dataType: z.string(),
  keyId: z.string().optional(),
  description: z.string().optional(),
  allowedPattern: z.string().optional(),
});

export interface PutParameter {
  readonly Name: string;
  readonly Value: string;
  readonly Type?: Parameter['type'] | undefined;
  readonly Overwrite?: boolean | undefined;
  readonly KeyId?: string | undefined;
  readonly Description?: string | undefined;
  readonly AllowedPattern?: string | undefined;
  readonly DataType?: string | undefined;
}

/** The key of the account that encrypts a SecureString for which none is named. */
const DEFAULT_KEY = 'alias/aws/ssm';
/** Quotas of the standard tier: characters of a value, parameters of an account and Region, levels of a path, characters of an ARN. */
const MAX_VALUE = 4096;
const MAX_PARAMETERS = 10_000;
const MAX_LEVELS = 15;
const MAX_ARN = 1011;

const invalid = (message: string) => new AwsError('ValidationException', message);

/** ARNs of parameters have no second slash before a path. */
export const parameterArn = (name: string): string =>
  `arn:aws:ssm:${REGION}:${ACCOUNT_ID}:parameter${name.startsWith('/') ? '' : '/'}${name}`;

/** Parameter Store: standard parameters, each with its latest version, on disk when a path is given. */
export class Parameters {
  readonly #parameters: DurableMap<Parameter>;
  readonly #clock: Clock;

  constructor(clock: Clock, path?: string) {
    this.#clock = clock;
    this.#parameters = new DurableMap(path, parameterSchema);
  }

  /** @throws AwsError ParameterAlreadyExists, HierarchyTypeMismatchException and others, as Parameter Store */
  put({ Name: name, Value: value, Overwrite, ...given }: PutParameter): Parameter {
    checkName(name);
    if (value.length > MAX_VALUE) {
      throw invalid(`Standard tier parameters support a maximum parameter value of ${MAX_VALUE} characters.`);
    }
    const known = this.#parameters.get(name);
    if (known !== undefined && Overwrite !== true) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const type = given.Type ?? known?.type;
    if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
    if (known !== undefined && (known.type === 'SecureString') !== (type === 'SecureString')) {
      throw new AwsError('HierarchyTypeMismatchException', `The parameter ${name} is a ${known.type}.`);
    }
    if (given.AllowedPattern !== undefined && !matches(given.AllowedPattern, value)) {
      throw new AwsError('ParameterPatternMismatchException', 'The value does not match the AllowedPattern.');
    }
    if (known === undefined && this.#parameters.size >= MAX_PARAMETERS) {
      throw new AwsError('ParameterLimitExceeded', `An account can have ${MAX_PARAMETERS} standard parameters.`);
    }
    const parameter: Parameter = {
      name,
      type,
      value,
      version: (known?.version ?? 0) + 1,
      modifiedAt: this.#clock(),
      dataType: given.DataType ?? known?.dataType ?? 'text',
      ...(type === 'SecureString' && { keyId: given.KeyId ?? DEFAULT_KEY }),
      ...(given.Description !== undefined && { description: given.Description }),
      ...(given.AllowedPattern !== undefined && { allowedPattern: given.AllowedPattern }),
    };
    this.#parameters.set(name, parameter);
    return parameter;
  }

  /** @param nameOrArn with a version, such as `/a/b:3`, if only that one will do. @throws AwsError ParameterVersionNotFound */
  find(nameOrArn: string): Parameter | undefined {
    const [, arn, name = '', version] =
      /^(arn:aws:ssm:[^:]*:\d{12}:parameter)?([^:]+)(?::(\d+))?$/.exec(nameOrArn) ?? [];
    const named = this.#parameters.get(name);
    const parameter = named ?? (arn === undefined ? undefined : this.#parameters.get(name.slice(1)));
    if (parameter !== undefined && version !== undefined && Number(version) !== parameter.version) {
      throw new AwsError('ParameterVersionNotFound', `The local Parameter Store keeps the latest version only.`);
    }
    return parameter;
  }

  /** @returns whether there was one */
  delete(name: string): boolean {
    return this.#parameters.delete(name);
  }

  all(): Parameter[] {
    return [...this.#parameters.values()];
  }

  close(): void {
    this.#parameters.close();
  }
}

function checkName(name: string): void {
  if (!/^\/?[\w.-]+(?:\/[\w.-]+)*$/.test(name) || /^\/?(?:aws|ssm)/i.test(name)) {
    throw invalid(
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by ' +
        'slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw invalid('Parameter name must be a fully qualified name: a path must begin with a slash.');
  }
  if (name.split('/').length - 1 > MAX_LEVELS) {
    throw new AwsError('HierarchyLevelLimitExceededException', `A path can have at most ${MAX_LEVELS} levels.`);
  }
  if (parameterArn(name).length > MAX_ARN) throw invalid(`A parameter's ARN can have at most ${MAX_ARN} characters.`);
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern).test(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new AwsError('InvalidAllowedPatternException', 'The AllowedPattern is not a valid regular expression.');
  }
}

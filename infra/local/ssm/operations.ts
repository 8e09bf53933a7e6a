import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { parseInput, text } from '../wire-input.ts';
import { pageOf } from '../wire-page.ts';
import { type Parameter, type Parameters, parameterArn } from './parameters.ts';

type Operation = (parameters: Parameters, body: Record<string, unknown>) => unknown;

const operation =
  <S extends z.ZodType>(shape: S, act: (parameters: Parameters, input: z.infer<S>) => unknown): Operation =>
  (parameters, body) =>
    act(parameters, parseInput(shape, body));

// Limits of the Systems Manager API reference (2014-11-06).
const name = text(1, 2048);
const WithDecryption = z.boolean().optional();
const paging = (max: number) => ({ NextToken: z.string().optional(), MaxResults: z.int().min(1).max(max).optional() });

const notFound = (missing: string) => new AwsError('ParameterNotFound', `Parameter ${missing} not found.`);

/** Stands for the ciphertext that Parameter Store returns without decryption. */
const ciphertextOf = ({ value, version }: Parameter): string =>
  `AQICAH${createHash('sha256').update(`${version} ${value}`).digest('base64')}`;

const described = (parameter: Parameter, isDecrypted: boolean | undefined) => ({
  Name: parameter.name,
  Type: parameter.type,
  Value: parameter.type === 'SecureString' && !isDecrypted ? ciphertextOf(parameter) : parameter.value,
  Version: parameter.version,
  LastModifiedDate: parameter.modifiedAt / 1000,
  ARN: parameterArn(parameter.name),
  DataType: parameter.dataType,
});

const metadataOf = (parameter: Parameter) => ({
  Name: parameter.name,
  ARN: parameterArn(parameter.name),
  Type: parameter.type,
  KeyId: parameter.keyId,
  LastModifiedDate: parameter.modifiedAt / 1000,
  Description: parameter.description,
  AllowedPattern: parameter.allowedPattern,
  Version: parameter.version,
  Tier: 'Standard',
  Policies: [],
  DataType: parameter.dataType,
});

const isBelow = (path: string, { name: of }: Parameter, isRecursive = false): boolean => {
  const folder = path.endsWith('/') ? path : `${path}/`;
  return of.startsWith(folder) && (isRecursive || !of.slice(folder.length).includes('/'));
};

const filter = z.object({
  Key: text(1, 132),
  Option: text(1, 10).optional(),
  Values: z.array(text(1, 1024)).optional(),
});
type Filter = z.infer<typeof filter>;

/** Whether a parameter passes a filter of DescribeParameters, by name, path or type. */
function passes({ Key, Option = 'Equals', Values = [] }: Filter, parameter: Parameter): boolean {
  if (Key === 'Path') return Values.some((path) => isBelow(path, parameter, Option === 'Recursive'));
  const own = Key === 'Name' ? parameter.name : Key === 'Type' ? parameter.type : undefined;
  if (own === undefined) {
    throw new AwsError('InvalidFilterKey', 'The local Parameter Store knows the filter keys Name, Path and Type.');
  }
  if (Option === 'Equals') return Values.includes(own);
  if (Option === 'BeginsWith') return Values.some((value) => own.startsWith(value));
  if (Option === 'Contains') return Values.some((value) => own.includes(value));
  throw new AwsError('InvalidFilterOption', `The filter option ${Option} is not valid for ${Key}.`);
}

/** The operations of the local Parameter Store, by name. */
export const operations: Readonly<Record<string, Operation>> = {
  PutParameter: operation(
    z.object({
      Name: name,
      Value: z.string().min(1),
      Type: z.enum(['String', 'StringList', 'SecureString']).optional(),
      Overwrite: z.boolean().optional(),
      KeyId: text(1, 256).optional(),
      Description: text(0, 1024).optional(),
      AllowedPattern: text(0, 1024).optional(),
      Tier: z.enum(['Standard']).optional(),
      DataType: text(0, 128).optional(),
    }),
    (parameters, input) => ({ Version: parameters.put(input).version, Tier: 'Standard' }),
  ),
  GetParameter: operation(z.object({ Name: name, WithDecryption }), (parameters, input) => {
    const parameter = parameters.find(input.Name);
    if (parameter === undefined) throw notFound(input.Name);
    return { Parameter: described(parameter, input.WithDecryption) };
  }),
  GetParameters: operation(z.object({ Names: z.array(name).min(1).max(10), WithDecryption }), (parameters, input) => {
    const found = input.Names.flatMap((each) => parameters.find(each) ?? []);
    return {
      Parameters: found.map((parameter) => described(parameter, input.WithDecryption)),
      InvalidParameters: input.Names.filter((each) => parameters.find(each) === undefined),
    };
  }),
  GetParametersByPath: operation(
    z.object({ Path: name.regex(/^\//), Recursive: z.boolean().optional(), WithDecryption, ...paging(10) }),
    (parameters, { Path, Recursive, MaxResults, NextToken, ...input }) => {
      const found = parameters.all().filter((parameter) => isBelow(Path, parameter, Recursive));
      const list = `GetParametersByPath ${Path} ${Recursive ?? false}`;
      const { items, nextToken } = page(found, list, NextToken, MaxResults ?? 10);
      return { Parameters: items.map((each) => described(each, input.WithDecryption)), NextToken: nextToken };
    },
  ),
  DescribeParameters: operation(
    z.object({ ParameterFilters: z.array(filter).optional(), ...paging(50) }),
    (parameters, { ParameterFilters = [], MaxResults, NextToken }) => {
      const found = parameters.all().filter((parameter) => ParameterFilters.every((each) => passes(each, parameter)));
      const list = `DescribeParameters ${JSON.stringify(ParameterFilters)}`;
      const { items, nextToken } = page(found, list, NextToken, MaxResults ?? 50);
      return { Parameters: items.map(metadataOf), NextToken: nextToken };
    },
  ),
  DeleteParameter: operation(z.object({ Name: name }), (parameters, input) => {
    if (!parameters.delete(input.Name)) throw notFound(input.Name);
    return {};
  }),
  DeleteParameters: operation(z.object({ Names: z.array(name).min(1).max(10) }), (parameters, { Names }) => {
    const deleted = Names.filter((each) => parameters.delete(each));
    return { DeletedParameters: deleted, InvalidParameters: Names.filter((each) => !deleted.includes(each)) };
  }),
};

const page = (found: readonly Parameter[], list: string, token: string | undefined, size: number) =>
  pageOf(found, (parameter) => parameter.name, { list, token, size, refusal: 'InvalidNextToken' });

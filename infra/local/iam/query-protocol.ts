import { escapedXml, queryError, unknownOperation } from '../not-implemented.ts';
import { AwsError, CUT, requestIdHeaders, type WireRequest, type WireResponse, type WireService } from '../wire.ts';

/** The parameters of a request in AWS's query protocol. */
export type Form = Readonly<Record<string, string>>;

/** XML as a tree: a list is `{member: […]}`. An undefined member is left out. */
export type Xml = string | number | { readonly [name: string]: Xml | readonly Xml[] | undefined };

/** What an operation returns: its result, `undefined` for none, or a broken connection. */
export type Operation = (form: Form, request: WireRequest) => Xml | undefined | typeof CUT;

/** A service in AWS's query protocol: its operations by name, and the namespace of its responses. */
export function queryService(
  service: string,
  namespace: string,
  operations: Readonly<Record<string, Operation>>,
): WireService {
  return async (request): Promise<WireResponse> => {
    const parameters = request.method === 'GET' ? request.query : new URLSearchParams(request.body.toString());
    const form = Object.fromEntries(parameters);
    const { Action = '' } = form;
    try {
      const operation = Object.hasOwn(operations, Action) ? operations[Action] : undefined;
      if (operation === undefined) throw unknownOperation(service, Action, Object.keys(operations));
      const result = operation(form, request);
      return result === CUT ? CUT : answer(Action, namespace, result);
    } catch (error) {
      if (error instanceof AwsError) return queryError(error);
      console.error(`The local ${service} failed:`, error);
      return queryError(new AwsError('InternalFailure', 'An internal error occurred.', 500));
    }
  };
}

function answer(action: string, namespace: string, result: Xml | undefined): WireResponse {
  const headers = requestIdHeaders();
  const metadata = `<ResponseMetadata><RequestId>${headers['x-amzn-requestid']}</RequestId></ResponseMetadata>`;
  const inner = result === undefined ? '' : `<${action}Result>${xmlOf(result)}</${action}Result>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', ...headers },
    body: `<${action}Response xmlns="${namespace}">${inner}${metadata}</${action}Response>`,
  };
}

function xmlOf(value: Xml): string {
  if (typeof value !== 'object') return escapedXml(String(value));
  return Object.entries(value)
    .flatMap(([name, inner]) => (Array.isArray(inner) ? inner : [inner]).map((each) => [name, each] as const))
    .flatMap(([name, each]) => (each === undefined ? [] : `<${name}>${xmlOf(each)}</${name}>`))
    .join('');
}

/** A required parameter that matches a rule. @throws AwsError ValidationError */
export function parameter(form: Form, name: string, rule: RegExp): string {
  const value = form[name];
  if (value === undefined) throw new AwsError('ValidationError', `The parameter ${name} is required.`);
  if (rule.test(value)) return value;
  throw new AwsError(
    'ValidationError',
    `The value at '${name}' must satisfy regular expression pattern: ${rule.source}`,
  );
}

import { compile, type JSONValue, TreeInterpreter } from '@jmespath-community/jmespath';
import { GeneralFailure, ParameterFailure } from '../failures.ts';

/** What `--query` makes of a result. */
export type Query = (value: unknown) => unknown;

/**
 * A JMESPath expression, ready to be used. It is compiled before any request is sent: a wrong one costs none.
 * @throws ParameterFailure when it can't be parsed
 */
export function queryOf(expression: string): Query {
  let compiled: ReturnType<typeof compile>;
  try {
    compiled = compile(expression);
  } catch (error) {
    if (!isJmespathError(error)) throw error;
    throw new ParameterFailure(
      `Bad value for --query ${expression}: Invalid jmespath expression: ${error.message.replace(/^Syntax error: /, '')}`,
    );
  }
  return (value) => {
    try {
      return TreeInterpreter.search(compiled, JSON.parse(JSON.stringify(value)) as JSONValue);
    } catch (error) {
      if (!isJmespathError(error)) throw error;
      throw new GeneralFailure(`--query ${expression} can't be applied to the result: ${error.message}`);
    }
  };
}

/** The library throws plain errors, of many wordings, for all that is wrong with a query; a TypeError would be a fault of ours or its. */
const isJmespathError = (error: unknown): error is Error =>
  error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;

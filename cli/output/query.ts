import { compile, type JSONValue, TreeInterpreter } from '@jmespath-community/jmespath';
import { GeneralFailure, ParameterFailure } from '../failures.ts';

/** Applies `--query` to a result. */
export type Query = (value: unknown) => unknown;

/**
 * Compiles a JMESPath expression. This happens before any request, so an invalid expression sends none.
 * @throws ParameterFailure if it can't be parsed
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
      return TreeInterpreter.search(compiled, value as JSONValue);
    } catch (error) {
      if (!isJmespathError(error)) throw error;
      throw new GeneralFailure(`--query ${expression} can't be applied to the result: ${error.message}`);
    }
  };
}

/** The library throws plain Errors with various messages for an invalid query. Anything else, such as a TypeError, is a bug. */
const isJmespathError = (error: unknown): error is Error =>
  error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;

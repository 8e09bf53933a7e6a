/**
 * Queries whose outcome differs from the AWS CLI's. JavaScript has one type of number, so 1.0 is printed as 1. Where no function applies
 * an expression, jmespath.py returns null or the name of a Python object.
 */
export const DIFFERENT_QUERIES: Readonly<Record<string, object>> = {
  'to_string(`1.0`)': { result: '1' },
  'type(&name)': { error: 'parse' },
};

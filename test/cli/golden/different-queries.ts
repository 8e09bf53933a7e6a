/** Queries whose result differs from the AWS CLI's: JavaScript has one type of number, so 1.0 is printed as 1. */
export const DIFFERENT_QUERIES: Readonly<Record<string, unknown>> = { 'to_string(`1.0`)': '1' };

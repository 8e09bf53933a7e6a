import { AwsError } from '../wire.ts';

const FIELDS = ['KeyConditionExpression', 'FilterExpression', 'ConditionExpression'];
const FUNCTION = /(?:attribute_exists|attribute_not_exists|attribute_type|begins_with|contains|size)\s*$/;
// Each pair of parentheses costs 3 to the power of its depth. The limit allows six nested NOT (, or fifty groups of three levels.
const MAX_COST = 2000;

/**
 * Refuses conditions whose parentheses are nested so deeply that the engine would take minutes. Its parser tries both meanings of each
 * parenthesis, so its time is exponential in the depth.
 * @throws AwsError ValidationException
 */
export function checkExpressions(input: Readonly<Record<string, unknown>>): void {
  for (const field of FIELDS) {
    const expression = input[field];
    if (typeof expression !== 'string' || parsingCost(expression) <= MAX_COST) continue;
    const reason = 'the local DynamoDB does not support parentheses that are nested so deeply or so often';
    throw new AwsError('ValidationException', `Invalid ${field}: ${reason}.`);
  }
}

function parsingCost(expression: string): number {
  let cost = 0;
  const open: ('group' | 'call')[] = [];
  let depth = 0;
  for (let at = 0; at < expression.length && cost <= MAX_COST; at++) {
    if (expression[at] === '(') {
      const kind = FUNCTION.test(expression.slice(Math.max(0, at - 30), at)) ? 'call' : 'group';
      open.push(kind);
      if (kind === 'group') {
        depth += 1;
        cost += 3 ** depth;
      }
    } else if (expression[at] === ')' && open.pop() === 'group') depth -= 1;
  }
  return cost;
}

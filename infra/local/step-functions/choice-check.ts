import { checkPath, isObject, type Report } from './path-check.ts';

const COMPARISONS = ['Equals', 'LessThan', 'GreaterThan', 'LessThanEquals', 'GreaterThanEquals'].flatMap((comparison) =>
  ['String', 'Numeric', 'Timestamp'].map((type) => `${type}${comparison}`),
);
const VALUE_OPERATORS = new Set([...COMPARISONS, 'BooleanEquals', 'StringMatches']);
const PATH_OPERATORS = new Set([...COMPARISONS, 'BooleanEquals'].map((operator) => `${operator}Path`));
const TYPE_TESTS = new Set(['IsNull', 'IsPresent', 'IsNumeric', 'IsString', 'IsBoolean', 'IsTimestamp']);
const CONNECTIVES = new Set(['And', 'Or', 'Not']);

const typeOf = (operator: string): string =>
  operator.startsWith('Numeric') ? 'number' : operator.startsWith('Boolean') ? 'boolean' : 'string';

function checkOperand(operator: string, operand: unknown, place: string, report: Report): void {
  if (TYPE_TESTS.has(operator)) {
    if (operand !== true) report(place, 'must be true: with false the local engine never matches; write Not around it');
  } else if (PATH_OPERATORS.has(operator)) checkPath(operand, place, report);
  else if (typeof operand !== typeOf(operator)) report(place, `must be a ${typeOf(operator)}`);
  else if (operator === 'StringMatches' && /[?[\]{}()!|+@\\]/.test(String(operand))) {
    report(place, 'has characters other than * that the local engine takes for wildcards');
  } else if (operator.startsWith('Timestamp') && Number.isNaN(Date.parse(String(operand)))) {
    report(place, 'must be a timestamp of RFC 3339');
  }
}

/** One choice rule. `Next` belongs to the outermost rule only. */
export function checkChoiceRule(rule: unknown, place: string, isOutermost: boolean, report: Report): void {
  if (!isObject(rule)) {
    report(place, 'must be an object');
    return;
  }
  const { Variable, Next, Comment: _, ...rest } = rule;
  if (isOutermost && typeof Next !== 'string') report(`${place}/Next`, 'is required: the name of a state');
  if (!isOutermost && Next !== undefined) report(`${place}/Next`, 'must stand in the outermost rule');
  const [operator, ...others] = Object.keys(rest);
  if (operator === undefined || others.length > 0) {
    report(place, 'must have exactly one operator');
    return;
  }
  const operand = rule[operator];
  if (CONNECTIVES.has(operator)) {
    const inner = operator === 'Not' ? [operand] : operand;
    if (!Array.isArray(inner) || inner.length === 0) report(`${place}/${operator}`, 'must be a list of rules');
    else {
      for (const [index, each] of inner.entries()) {
        const at = operator === 'Not' ? `${place}/Not` : `${place}/${operator}/${index}`;
        checkChoiceRule(each, at, false, report);
      }
    }
    return;
  }
  if (!VALUE_OPERATORS.has(operator) && !PATH_OPERATORS.has(operator) && !TYPE_TESTS.has(operator)) {
    report(`${place}/${operator}`, 'is not an operator that the local engine has');
    return;
  }
  checkPath(Variable, `${place}/Variable`, report);
  checkOperand(operator, operand, `${place}/${operator}`, report);
}

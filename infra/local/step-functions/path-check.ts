/** Reports a problem: its place in the definition (a JSON pointer) and what is wrong there. */
export type Report = (place: string, problem: string) => void;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const STEP = String.raw`(?:\.[A-Za-z_][\w-]*|\[\d+\]|\['[^'\\]+'\]|\["[^"\\]+"\])`;
const DEFINITE = new RegExp(String.raw`^\$${STEP}*$`);
const CONTEXT = new RegExp(
  String.raw`^\$\$\.(?:Execution${STEP}*|StateMachine(?:\.(?:Id|Name))?|State\.(?:Name|EnteredTime|RetryCount)|Task\.Token)$`,
);
/** In the ItemSelector of a Map state only. */
const ITEM = new RegExp(String.raw`^\$\$\.Map\.Item\.(?:Index|Value${STEP}*)$`);
const isInItemSelector = (place: string): boolean => place.includes('/ItemSelector/');
const RESULT_PATH = /^\$(?:\.[A-Za-z_][\w-]*)+$/;

/**
 * A path to read: `$…` of the input or `$$…` of the context object. Only paths to one value are allowed: if a filter, wildcard or
 * slice matches nothing, the engine ends the execution, while AWS returns an empty list.
 */
export function checkPath(value: unknown, place: string, report: Report): void {
  if (typeof value !== 'string') report(place, 'must be a path, as text');
  else if (value.startsWith('$$')) {
    if (!CONTEXT.test(value) && !(isInItemSelector(place) && ITEM.test(value))) {
      report(
        place,
        `reads ${value}; of the context object the local engine has $$.Execution, $$.StateMachine, $$.State.Name, $$.State.EnteredTime, $$.State.RetryCount and $$.Task.Token, and in an ItemSelector $$.Map.Item.Index and $$.Map.Item.Value`,
      );
    }
  } else if (!DEFINITE.test(value)) {
    report(
      place,
      `is ${JSON.stringify(value)}; the local engine takes paths to one value only, such as $.a.b, $.a[0] or $['a b']`,
    );
  }
}

/** `ResultPath` of a state or a catcher: null, or names joined by dots. */
export function checkResultPath(value: unknown, place: string, report: Report): void {
  if (value === null) return;
  if (value === '$') {
    report(place, 'is "$", which the local engine writes as a key named $; leave it out, the default means the same');
  } else if (typeof value !== 'string' || !RESULT_PATH.test(value)) {
    report(place, 'must be null or names joined by dots, such as $.a.b');
  }
}

// All that AWS has except JsonToString: the engine removes every backslash from its result, so any quote breaks the JSON.
const INTRINSICS = new Set([
  'Format',
  'StringToJson',
  'Array',
  'ArrayPartition',
  'ArrayContains',
  'ArrayRange',
  'ArrayGetItem',
  'ArrayLength',
  'ArrayUnique',
  'Base64Encode',
  'Base64Decode',
  'Hash',
  'JsonMerge',
  'MathRandom',
  'MathAdd',
  'StringSplit',
  'UUID',
]);

const count = (text: string, character: string): number => text.split(character).length - 1;

function checkIntrinsic(value: string, place: string, report: Report): void {
  if (!/^States\.\w+\(.*\)$/s.test(value)) {
    report(place, `is ${JSON.stringify(value)}, neither a path nor an intrinsic function`);
    return;
  }
  const quoted = value.match(/'(?:\\.|[^'\\])*'/gs) ?? [];
  if (quoted.some((literal) => count(literal, '(') !== count(literal, ')'))) {
    report(place, 'has an unpaired parenthesis inside quotes, which the local engine takes for one of the function');
  }
  const bare = value.replace(/'(?:\\.|[^'\\])*'/gs, "''");
  for (const [, name] of bare.matchAll(/([\w.]+)\s*\(/g)) {
    const known = name?.startsWith('States.') && INTRINSICS.has(name.slice('States.'.length));
    if (!known) report(place, `calls ${name}, which the local engine does not have or gets wrong`);
  }
  for (const [path] of bare.matchAll(/\$[^,()\s]*/g)) checkPath(path, place, report);
}

/** `Parameters` and `ResultSelector`: fields whose name ends in `.$` hold a path or an intrinsic function. */
export function checkPayloadTemplate(template: unknown, place: string, report: Report): void {
  if (Array.isArray(template)) {
    for (const [index, item] of template.entries()) checkPayloadTemplate(item, `${place}/${index}`, report);
  } else if (isObject(template)) {
    for (const [key, value] of Object.entries(template)) {
      const inner = `${place}/${key}`;
      if (!key.endsWith('.$')) checkPayloadTemplate(value, inner, report);
      else if (key.indexOf('.$') !== key.length - 2) report(inner, 'must have ".$" at the end of its name only');
      else if (typeof value !== 'string') report(inner, 'ends in ".$", so it must be a path or an intrinsic function');
      else if (value.startsWith('$')) checkPath(value, inner, report);
      else checkIntrinsic(value, inner, report);
    }
  }
}

import { describe, expect, it } from 'vitest';
import { checkDefinition } from '../../../infra/local/step-functions/definition-check.ts';

const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:observe';
const CALLBACK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const task = (fields: object = {}) => ({ Type: 'Task', Resource: LAMBDA, End: true, ...fields });
const machine = (states: Record<string, object>, fields: object = {}) => ({
  StartAt: Object.keys(states)[0],
  States: states,
  ...fields,
});
const only = (state: object) => machine({ A: state });
const retry = (rule: object) => only(task({ Retry: [{ ErrorEquals: ['States.ALL'], ...rule }] }));
const choice = (rule: object) =>
  machine({ A: { Type: 'Choice', Choices: [{ Next: 'B', ...rule }], Default: 'B' }, B: { Type: 'Succeed' } });

describe('a definition that the local runtime supports', () => {
  it('has no problems', () => {
    const definition = machine(
      {
        Observe: {
          Type: 'Task',
          Resource: LAMBDA,
          Parameters: {
            'id.$': '$.id',
            'run.$': '$$.Execution.Name',
            'text.$': "States.Format('{} (of {})', $.id, 2)",
          },
          ResultSelector: { 'action.$': '$.action' },
          ResultPath: '$.seen.last',
          TimeoutSeconds: 60,
          Retry: [
            {
              ErrorEquals: ['ThrottledError'],
              IntervalSeconds: 1,
              MaxDelaySeconds: 60,
              JitterStrategy: 'FULL',
              BackoffRate: 1.5,
            },
            { ErrorEquals: ['States.ALL'], MaxAttempts: 0 },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed', ResultPath: null }],
          Next: 'Decide',
        },
        Decide: {
          Type: 'Choice',
          Choices: [
            { Variable: '$.seen.last.action', StringEquals: 'wait', Next: 'Wait' },
            { And: [{ Variable: '$.a', IsPresent: true }, { Not: { Variable: '$.a', IsNull: true } }], Next: 'Ask' },
          ],
          Default: 'Done',
        },
        Wait: { Type: 'Wait', SecondsPath: '$.seen.last.seconds', Next: 'Observe' },
        Ask: {
          Type: 'Task',
          Resource: CALLBACK,
          Parameters: { Payload: { 'token.$': '$$.Task.Token' } },
          Next: 'Done',
        },
        Done: { Type: 'Succeed' },
        Failed: { Type: 'Fail', Error: 'Unexpected', CausePath: '$.Cause' },
      },
      { Comment: 'everything that is allowed', QueryLanguage: 'JSONPath', TimeoutSeconds: 3600, Version: '1.0' },
    );
    expect(checkDefinition(definition, new Set([LAMBDA, CALLBACK]))).toEqual([]);
  });

  it('is not modified', () => {
    const definition = only(task());
    checkDefinition(definition);
    expect(definition).toEqual(only(task()));
  });
});

const catcher = (...rules: object[]) => machine({ A: task({ Catch: rules }), B: { Type: 'Succeed' } });
describe.each<[what: string, definition: unknown, place: string, problem: RegExp]>([
  ['not an object', [], '/', /JSON object/],
  ['no states', { StartAt: 'A' }, '/States', /required/],
  ['an unknown top-level field', machine({ A: task() }, { Timeout: 1 }), '/Timeout', /not a field/],
  ['JSONata for the state machine', machine({ A: task() }, { QueryLanguage: 'JSONata' }), '/QueryLanguage', /JSONPath/],
  ['JSONata for a state', only(task({ QueryLanguage: 'JSONata' })), '/States/A/QueryLanguage', /JSONPath/],
  ['Assign', only(task({ Assign: { x: 1 } })), '/States/A/Assign', /no variables/],
  ['Arguments', only(task({ Arguments: {} })), '/States/A/Arguments', /JSONata/],
  ['Output', only(task({ Output: {} })), '/States/A/Output', /JSONata/],
  ['HeartbeatSeconds without a token', only(task({ HeartbeatSeconds: 5 })), '/States/A/HeartbeatSeconds', /no other/],
  ['HeartbeatSecondsPath', only(task({ HeartbeatSecondsPath: '$.x' })), '/States/A/HeartbeatSecondsPath', /ignores/],
  [
    'HeartbeatSeconds that are not less than TimeoutSeconds',
    only(task({ HeartbeatSeconds: 5, TimeoutSeconds: 5 })),
    '/States/A/HeartbeatSeconds',
    /less than TimeoutSeconds/,
  ],
  ['half a heartbeat', only(task({ HeartbeatSeconds: 0.5 })), '/States/A/HeartbeatSeconds', /whole number/],
  [
    'a wildcard with heartbeats',
    machine({
      A: task({ HeartbeatSeconds: 5, Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'B' }] }),
      B: { Type: 'Succeed' },
    }),
    '/States/A',
    /not published/,
  ],
  ['an unknown field of a state', only(task({ Timeout: 5 })), '/States/A/Timeout', /not a field/],
  [
    'an inline Map',
    only({ Type: 'Map', ItemProcessor: machine({ B: task() }), End: true }),
    '/States/A/ItemProcessor/ProcessorConfig',
    /DISTRIBUTED/,
  ],
  ['a Parallel', only({ Type: 'Parallel', Branches: [], End: true }), '/States/A/Type', /runs Task, Map, Pass/],
  ['ResultPath $', only(task({ ResultPath: '$' })), '/States/A/ResultPath', /key named \$/],
  ['ResultPath with brackets', only(task({ ResultPath: "$['a']" })), '/States/A/ResultPath', /joined by dots/],
  [
    "a catcher's ResultPath $",
    catcher({ ErrorEquals: ['E'], Next: 'B', ResultPath: '$' }),
    '/States/A/Catch/0/ResultPath',
    /\$/,
  ],
  ['a falsy Result', only({ Type: 'Pass', Result: 0, End: true }), '/States/A/Result', /no Result/],
  ['JitterStrategy', retry({ JitterStrategy: 'HALF' }), '/States/A/Retry/0/JitterStrategy', /FULL or NONE/],
  ['MaxDelaySeconds 0', retry({ MaxDelaySeconds: 0 }), '/States/A/Retry/0/MaxDelaySeconds', /from 1 to 31622400/],
  [
    'MaxDelaySeconds below the interval',
    retry({ IntervalSeconds: 5, MaxDelaySeconds: 5 }),
    '/States/A/Retry/0/MaxDelaySeconds',
    /greater than IntervalSeconds/,
  ],
  ['IntervalSeconds 0', retry({ IntervalSeconds: 0 }), '/States/A/Retry/0/IntervalSeconds', /from 1/],
  ['half an attempt', retry({ MaxAttempts: 0.5 }), '/States/A/Retry/0/MaxAttempts', /whole number/],
  ['BackoffRate below 1', retry({ BackoffRate: 0.5 }), '/States/A/Retry/0/BackoffRate', /at least 1/],
  ['an unknown field of a retrier', retry({ Interval: 1 }), '/States/A/Retry/0/Interval', /not a field/],
  ['no ErrorEquals', retry({ ErrorEquals: [] }), '/States/A/Retry/0/ErrorEquals', /at least one/],
  ['States.ALL not alone', retry({ ErrorEquals: ['States.ALL', 'E'] }), '/States/A/Retry/0/ErrorEquals', /stand alone/],
  [
    'States.ALL not last',
    catcher({ ErrorEquals: ['States.ALL'], Next: 'B' }, { ErrorEquals: ['E'], Next: 'B' }),
    '/States/A/Catch/0/ErrorEquals',
    /last/,
  ],
  [
    "a heartbeat's time-out without heartbeats",
    catcher({ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'B' }),
    '/States/A',
    /has no HeartbeatSeconds/,
  ],
  [
    'an error that the engine never reports',
    catcher({ ErrorEquals: ['States.BranchFailed'], Next: 'B' }),
    '/States/A/Catch/0/ErrorEquals',
    /no branches/,
  ],
  [
    'a reserved error name',
    catcher({ ErrorEquals: ['States.Own'], Next: 'B' }),
    '/States/A/Catch/0/ErrorEquals',
    /reserved/,
  ],
  [
    'an unknown intrinsic',
    only(task({ Parameters: { 'a.$': 'States.Upper($.a)' } })),
    '/States/A/Parameters/a.$',
    /States\.Upper/,
  ],
  [
    'JsonToString',
    only(task({ Parameters: { b: [{ 'a.$': 'States.JsonToString($.a)' }] } })),
    '/States/A/Parameters/b/0/a.$',
    /JsonToString/,
  ],
  [
    'an unpaired parenthesis',
    only(task({ Parameters: { 'a.$': "States.Format('(', $.a)" } })),
    '/States/A/Parameters/a.$',
    /parenthesis/,
  ],
  [
    'a path with many values in an intrinsic',
    only(task({ Parameters: { 'a.$': 'States.ArrayLength($.a[*])' } })),
    '/States/A/Parameters/a.$',
    /one value only/,
  ],
  ['a filter', only(task({ InputPath: '$.a[?(@.b)]' })), '/States/A/InputPath', /one value only/],
  ['a value instead of a path', only(task({ Parameters: { 'a.$': 5 } })), '/States/A/Parameters/a.$', /must be a path/],
  [
    'text instead of a path',
    only(task({ Parameters: { 'a.$': 'text' } })),
    '/States/A/Parameters/a.$',
    /neither a path/,
  ],
  [
    'an unknown context field',
    only(task({ Parameters: { 'a.$': '$$.Map.Item.Index' } })),
    '/States/A/Parameters/a.$',
    /context object/,
  ],
  [
    'SecondsPath with a function',
    machine({ A: { Type: 'Wait', SecondsPath: 'States.MathAdd(1, 2)', End: true } }),
    '/States/A/SecondsPath',
    /one value only/,
  ],
  ['half a second', only({ Type: 'Wait', Seconds: 0.5, End: true }), '/States/A/Seconds', /whole number/],
  [
    'a wait longer than a timer allows',
    only({ Type: 'Wait', Seconds: 2_147_484, End: true }),
    '/States/A/Seconds',
    /local timer/,
  ],
  [
    'a Choice with IsPresent false',
    choice({ Variable: '$.a', IsPresent: false }),
    '/States/A/Choices/0/IsPresent',
    /Not/,
  ],
  [
    'an unknown operator',
    choice({ Variable: '$.a', StringStartsWith: 'x' }),
    '/States/A/Choices/0/StringStartsWith',
    /not an operator/,
  ],
  [
    'two operators',
    choice({ Variable: '$.a', StringEquals: 'x', IsString: true }),
    '/States/A/Choices/0',
    /exactly one/,
  ],
  [
    'an operand of the wrong type',
    choice({ Variable: '$.a', NumericEquals: '1' }),
    '/States/A/Choices/0/NumericEquals',
    /must be a number/,
  ],
  [
    'wildcards that only the engine supports',
    choice({ Variable: '$.a', StringMatches: 'a?' }),
    '/States/A/Choices/0/StringMatches',
    /wildcards/,
  ],
  [
    'Next inside a rule',
    choice({ Not: { Variable: '$.a', IsNull: true, Next: 'B' } }),
    '/States/A/Choices/0/Not/Next',
    /outermost/,
  ],
  ['an unreachable Fail', machine({ A: task(), Failed: { Type: 'Fail' } }), '/States/Failed', /not reachable/],
  ['.sync', only(task({ Resource: 'arn:aws:states:::ecs:runTask.sync' })), '/States/A/Resource', /job/],
  ['a callback without its token', only(task({ Resource: CALLBACK })), '/States/A/Parameters', /\$\$\.Task\.Token/],
  [
    'a token without a callback',
    only(task({ Parameters: { 'a.$': '$$.Task.Token' } })),
    '/States/A',
    /waitForTaskToken/,
  ],
])('%s', (_, definition, place, problem) => {
  it('is refused, and the problem names its position', () => {
    const problems = checkDefinition(definition);
    expect(problems.filter((each) => each.startsWith(`${place}: `)).join('\n')).toMatch(problem);
  });
});

it('refuses a Resource without a handler', () => {
  expect(checkDefinition(only(task()), new Set(['another']))).toEqual([
    `/States/A/Resource: is ${LAMBDA}, for which the local runtime has no handler`,
  ]);
});

it('reports the problems that asl-validator finds', () => {
  expect(checkDefinition(machine({ A: task({ End: undefined, Next: 'Nowhere' }) })).join()).toMatch(
    /MISSING_TRANSITION/,
  );
});

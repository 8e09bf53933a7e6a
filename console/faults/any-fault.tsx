import { computed } from '@preact/signals';
import { useId, useState } from 'preact/hooks';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import type { FaultService, FieldSchema } from '../protocol.ts';
import { trackers, version } from '../state/feed.ts';
import { control } from '../wire/control.ts';
import { Choice, named, numberOr, TextField } from './fields.tsx';
import { nameOfService } from './switched-on.ts';

const groups = computed(() => {
  version.value;
  return [...new Set([...trackers.values()].map(({ datasetGroupArn }) => datasetGroupArn))].sort().slice(0, 200);
});

/** The value as `/_faults` takes it. */
function inputOf(text: string, { type, const: only }: FieldSchema): string | number | boolean {
  if (only === true) return true;
  return type === 'integer' || type === 'number' ? numberOr(text) : text;
}

/** A form for every fault of every service: the operations, faults and fields that the runtime accepts. */
export function AnyFault({ catalog }: { readonly catalog: readonly FaultService[] }) {
  const [service, setService] = useState(catalog[0]?.service ?? '');
  const [operation, setOperation] = useState('');
  const [fault, setFault] = useState('');
  const [times, setTimes] = useState('1');
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({});
  const { isRunning, problem, run, clear } = useAction();
  const suggestions = useId();

  const chosen = catalog.find((each) => each.service === service);
  if (chosen === undefined) return null;
  const { operations, faults, properties } = chosen;
  const ofOperation = operations.includes(operation) ? operation : (operations[0] ?? '');
  const possible = faults.filter((each) => each.operations.includes(ofOperation));
  const kind = possible.find((each) => each.fault === fault) ?? possible[0];

  const switchOn = async (event: Event) => {
    event.preventDefault();
    const given = (kind?.fields ?? []).flatMap((name) => {
      const text = fields[name]?.trim() ?? '';
      return text === '' ? [] : [[name, inputOf(text, properties[name] ?? {})] as const];
    });
    const body = { service, operation: ofOperation, fault: kind?.fault, times: numberOr(times) };
    await run(
      () => control('POST', '/_faults', { ...body, ...Object.fromEntries(given) }),
      'The fault is switched on.',
    );
  };
  const set = (name: string) => (value: string) => setFields({ ...fields, [name]: value });

  return (
    <form class="fault-form" onSubmit={switchOn} onInput={clear}>
      <div class="field-grid">
        <Choice
          label="Service"
          name="service"
          problem={problem}
          value={service}
          values={catalog.map((each) => [each.service, nameOfService(each.service)] as const)}
          onChange={setService}
        />
        <Choice
          label="Operation"
          name="operation"
          problem={problem}
          value={ofOperation}
          values={named(operations)}
          onChange={setOperation}
        />
        <Choice
          label="Fault"
          name="fault"
          problem={problem}
          value={kind?.fault ?? ''}
          values={named(possible.map((each) => each.fault))}
          onChange={setFault}
        />
        <TextField label="Number of calls" name="times" problem={problem} value={times} onChange={setTimes} isNumber />
        {kind?.fields.map((name) => {
          const { type, enum: values, const: only } = properties[name] ?? {};
          const shared = { label: name, name, problem, value: fields[name] ?? '', onChange: set(name) };
          if (values) return <Choice key={name} {...shared} values={[['', 'default'], ...named(values)]} />;
          if (only === true)
            return (
              <Choice
                key={name}
                {...shared}
                values={[
                  ['', 'no'],
                  ['true', 'yes'],
                ]}
              />
            );
          return (
            <TextField
              key={name}
              {...shared}
              isNumber={type === 'integer'}
              list={name === 'datasetGroupArn' ? suggestions : undefined}
              hint={HINTS[name]}
            />
          );
        })}
      </div>
      <datalist id={suggestions}>
        {groups.value.map((arn) => (
          <option key={arn} value={arn} />
        ))}
      </datalist>
      {problem && <ProblemNote problem={problem} />}
      <button type="submit" class="button primary" disabled={isRunning}>
        Switch on
      </button>
    </form>
  );
}

const HINTS: Readonly<Record<string, string>> = {
  delayMs: 'in milliseconds',
  datasetGroupArn: 'only calls for this dataset group',
  accountId: 'only calls in this account',
  region: 'only calls in this Region',
  roleArn: 'only this role',
};

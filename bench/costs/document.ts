import { MAX_PREFER_WAIT_SECONDS } from '../../functions/api/features.ts';
import { READ_EVERY_MS } from '../../functions/requests/wait-for-outcome.ts';
import { idleBill, type Template } from './idle-bill.ts';
import type { Measured, Usage } from './measure.ts';
import {
  ASSUMED,
  dollars,
  HOURS_A_MONTH,
  invocationLines,
  type Line,
  PRICES,
  PRICES_AS_OF,
  PRICES_REGION,
  total,
} from './prices.ts';

/** Between these lines docs/operations.md has what `npm run costs -- --write` puts there. */
export const BEGIN = '<!-- npm run costs -- --write: from here -->';
export const END = '<!-- to here -->';

/** How long answers are held in the table of what waiting costs. */
const HELD_SECONDS = [10, MAX_PREFER_WAIT_SECONDS] as const;

/** What `usage` comes to a thousand times, with the requests of who asks. */
function linesOfThousand(usage: Usage, requests: number, looks = 0): Line[] {
  const lines: Line[] = [
    { unit: 'Step Functions Standard, a state transition', count: usage.transitions },
    { unit: 'DynamoDB on demand, a write request unit', count: usage.writeUnits },
    { unit: 'DynamoDB on demand, a read request unit', count: usage.readUnits + looks },
    { unit: 'EventBridge, an event on a custom bus', count: usage.events },
    { unit: 'API Gateway HTTP API, a request', count: requests + looks },
    ...invocationLines(usage.invocations + requests + looks),
  ];
  return lines.map(({ unit, count }) => ({ unit, count: count * 1000 }));
}

const money = (amount: number): string => `$${amount < 0.1 ? amount.toFixed(3) : amount.toFixed(2)}`;
/** By the million where one costs next to nothing, as AWS's own lists have it. */
const priceText = (price: number): string =>
  price < 0.001 ? `$${Number((price * 1e6).toPrecision(6))} a million` : `$${price}`;
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const usageCells = ({ transitions, invocations, readUnits, writeUnits, events, personalizeCalls }: Usage) => [
  transitions,
  invocations,
  readUnits,
  writeUnits,
  events,
  personalizeCalls,
];
const duration = (seconds: number): string => (seconds < 120 ? `${seconds} s` : `${seconds / 60} min`);

function perThousand({ creations, deletion, driftCheck }: Measured): string {
  const pollsPerMonth = HOURS_A_MONTH;
  const drift = [
    { unit: 'DynamoDB on demand, a write request unit', count: driftCheck.writeUnits * pollsPerMonth * 1000 },
    { unit: 'DynamoDB on demand, a read request unit', count: driftCheck.readUnits * pollsPerMonth * 1000 },
  ] as const;
  return table(
    [
      'of one tracker',
      'transitions',
      'tasks',
      'read units',
      'write units',
      'events',
      'Personalize calls',
      '1,000 of them',
    ],
    [
      ...creations.map(({ seconds, usage }) => [
        `request to ACTIVE, Personalize taking ${duration(seconds)}`,
        ...usageCells(usage),
        money(total(linesOfThousand(usage, 1, ASSUMED.pollsPerClient))),
      ]),
      ['DELETE to DELETED', ...usageCells(deletion), money(total(linesOfThousand(deletion, 1)))],
      [
        `one look of the drift check; 1,000 trackers for a month (${pollsPerMonth} looks each)`,
        ...usageCells(driftCheck),
        money(total(drift)),
      ],
    ],
  );
}

/** What it costs to wait for a tracker, by looks and by held answers. Each look is a consistent read; so is each read of a hold. */
function waiting(): string {
  const lines = (looks: number, heldSeconds = 0): Line[] => [
    { unit: 'DynamoDB on demand, a read request unit', count: looks + (heldSeconds * 1000) / READ_EVERY_MS },
    { unit: 'API Gateway HTTP API, a request', count: looks },
    ...invocationLines(looks, heldSeconds),
  ];
  const thousand = (each: readonly Line[]) =>
    money(total(each.map(({ unit, count }) => ({ unit, count: count * 1000 }))));
  const { pollsPerClient } = ASSUMED;
  return table(
    ['to wait for one tracker', 'requests', 'held seconds', 'read units', '1,000 of them'],
    [
      ['by `Retry-After`', pollsPerClient, 0, pollsPerClient, thousand(lines(pollsPerClient))],
      ...HELD_SECONDS.map((seconds) => [
        `by \`Prefer: wait\`, until an outcome after ${seconds} s`,
        1,
        seconds,
        1 + (seconds * 1000) / READ_EVERY_MS,
        thousand(lines(1, seconds)),
      ]),
    ],
  );
}

function idle(template: Template, measured: Measured): string {
  const lines = idleBill(template, measured);
  const count = (value: number) =>
    Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(value < 1 ? 3 : 0);
  return table(
    ['a month without a request', 'count', 'at', 'cost'],
    [
      ...lines.map((line) => [line.unit, count(line.count), priceText(PRICES[line.unit]), money(dollars(line))]),
      ['**in all**', '', '', `**${money(total(lines))}**`],
    ],
  );
}

/** The part of docs/operations.md that is computed, without its markers. */
export function costsDocument(template: Template, measured: Measured): string {
  const { lambdaSeconds, lambdaGb, logBytes, pollsPerClient } = ASSUMED;
  return `Prices are AWS's list prices of ${PRICES_REGION} as of ${PRICES_AS_OF}, without free tiers, as we know them: they could not be looked up where this was written.
They, and what is assumed, are in \`bench/costs/prices.ts\`. Assumed, not measured: ${lambdaSeconds} s and ${lambdaGb} GB an invocation, ${logBytes.toLocaleString('en')} bytes of log,
${pollsPerClient} looks of the client until ACTIVE. Storage of a record (some 2 KB, ${money(PRICES['DynamoDB, a GB-month of storage'])} a GB and month, ${money(PRICES['DynamoDB, a GB-month of point-in-time recovery'])} more for point-in-time recovery) is below a cent for 1,000.

${perThousand(measured)}

${waiting()}

${idle(template, measured)}`;
}

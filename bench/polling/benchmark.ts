import { atMost, type Benchmark, exactly, figure, type Report, table } from '../report.ts';
import { svgOf } from '../svg.ts';
import { OURS, type Policy, RIVALS, transitionsOfPoll } from './policies.ts';
import { DISTRIBUTIONS, type Figures, simulate } from './simulate.ts';

const TRACKERS = 50_000;
const SEED = 14;
const POLICIES = [OURS, ...RIVALS];
const COLORS = ['#d62728', '#1f77b4', '#17becf', '#9467bd', '#2ca02c', '#7f7f7f'];

/** The figures of each policy for one distribution of creation times. */
interface Compared {
  readonly distribution: string;
  readonly figures: readonly { readonly policy: Policy; readonly of: Figures }[];
}

export const benchmark: Benchmark = {
  about:
    'How soon a tracker that has become ACTIVE is noticed, and by how many polls: the functions by which this service waits ' +
    '(`nextWaitMs`, `waitSeconds`), against the waits of common loops. Simulated: calls and transitions take no time.',
  async run() {
    return reportOf(compare());
  },
};

export const compare = (): Compared[] =>
  DISTRIBUTIONS.map((distribution) => ({
    distribution: distribution.name,
    figures: POLICIES.map((policy) => ({ policy, of: simulate(policy, distribution, TRACKERS, SEED) })),
  }));

export function reportOf(compared: readonly Compared[]): Report {
  const ours = compared.map(({ figures }) => ofPolicy(figures, OURS));
  const better = compared.flatMap(({ figures }) => {
    const { lag, polls } = ofPolicy(figures, OURS);
    return figures.filter(({ policy, of }) => policy !== OURS && of.lag < lag && of.polls < polls);
  });
  return {
    goals: [
      exactly('polling: rivals with less lag and fewer polls, on any distribution', better.length, 0),
      atMost('polling: mean lag ÷ mean creation time', Math.max(...ours.map(({ lag }) => lag)), 0.13),
      atMost('polling: mean polls of a tracker', Math.max(...ours.map(({ polls }) => polls)), 11),
      exactly('polling: missed trackers', Math.max(...ours.map(({ missed }) => missed)), 0),
    ],
    text: textOf(compared),
    files: { 'polling/frontier.svg': svgOfFrontier(compared) },
  };
}

function ofPolicy(figures: Compared['figures'], policy: Policy): Figures {
  const found = figures.find((each) => each.policy === policy);
  if (found === undefined) throw new Error(`There are no figures of ${policy.name}.`);
  return found.of;
}

function textOf(compared: readonly Compared[]): string {
  const transitions = transitionsOfPoll();
  const rows = POLICIES.map((policy) => [
    policy.name,
    ...compared.flatMap(({ figures }) => {
      const { lag, polls, missed } = ofPolicy(figures, policy);
      return [percent(lag), figure(polls), figure(polls * transitions), percent(missed)];
    }),
  ]);
  const head = compared.flatMap(({ distribution }) => [`${distribution}: lag`, 'polls', 'transitions', 'missed']);
  return `The mean lag as a part of the mean creation time, and the means of polls and transitions of a tracker; a poll of the deployed state machine has ${transitions}
transitions. ${TRACKERS.toLocaleString('en-US')} trackers for each distribution, with the same creation times for each policy; seed ${SEED}. Log-normal: median 15 s, 95th percentile
60 s. Constant: 8 s ± 0.1. Heavy tail: 93 % as log-normal, the others evenly from 1 to 20 minutes.

${table(['', ...head], rows)}

![Lag and polls of each policy](polling/frontier.svg)`;
}

const percent = (part: number): string => `${figure(part * 100)} %`;

const svgOfFrontier = (compared: readonly Compared[]): string =>
  svgOf(
    'Lag and polls of each policy, for three distributions of creation times',
    compared.map(({ distribution, figures }) => ({
      title: distribution,
      x: { title: 'polls of a tracker', ticks: [1, 2, 5, 10, 20, 50] },
      y: { title: 'mean lag ÷ mean creation time', ticks: [1, 10, 100, 2000], unit: ' %' },
      series: figures.map(({ policy, of }, index) => ({
        name: policy.name,
        color: COLORS[index] ?? 'black',
        points: [[of.polls, of.lag * 100] as const],
      })),
    })),
  );

import * as z from 'zod';
import { localJson, localRoutes, parseLocal } from '../local-request.ts';
import type { WireService } from '../wire.ts';
import { DAY_MS } from './faults.ts';
import { quota } from './quotas.ts';
import type { PersonalizeSimulator } from './simulator.ts';

const Milliseconds = z.int().min(0).max(DAY_MS).optional();
const TimingScript = z.strictObject({
  createPendingMs: Milliseconds,
  createInProgressMs: Milliseconds,
  deletePendingMs: Milliseconds,
  deleteInProgressMs: Milliseconds,
  datasetGroupMs: Milliseconds,
  datasetMs: Milliseconds,
});

const QuotaScript = z.strictObject({ callsPerSecond: quota.optional(), datasetGroups: quota.optional() });

/** The control paths `/_simulator/*`, by which tests and demos set the times and read what happened. */
export const scriptWire = (core: PersonalizeSimulator): WireService =>
  localRoutes({
    '/_simulator/timing': {
      GET: () => localJson(core.timing),
      PUT: (request) => localJson(core.setTiming(parseLocal(TimingScript, request))),
    },
    '/_simulator/quotas': {
      GET: () => localJson(core.quotas),
      PUT: (request) => localJson(core.setQuotas(parseLocal(QuotaScript, request))),
    },
    '/_simulator/calls': {
      GET: () => localJson({ calls: core.calls() }),
      DELETE() {
        core.clearCalls();
        return localJson({ calls: core.calls() });
      },
    },
    '/_simulator/interactions': { GET: () => localJson({ interactions: core.interactions() }) },
  });

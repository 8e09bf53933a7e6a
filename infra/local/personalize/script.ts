import * as z from 'zod';
import { localJson, localRoutes, parseLocal, parseLocalQuery } from '../local-request.ts';
import { HOME, type Place, type WireRequest, type WireService } from '../wire.ts';
import { DAY_MS } from './faults.ts';
import { quota } from './quotas.ts';
import { AccountId, Region } from './shapes.ts';
import type { PersonalizeSimulator } from './simulator.ts';
import { throttleSettings } from './throttle.ts';

const Milliseconds = z.int().min(0).max(DAY_MS).optional();
const TimingScript = z.strictObject({
  createPendingMs: Milliseconds,
  createInProgressMs: Milliseconds,
  deletePendingMs: Milliseconds,
  deleteInProgressMs: Milliseconds,
  datasetGroupMs: Milliseconds,
  datasetMs: Milliseconds,
});

const AdvanceScript = z.strictObject({ milliseconds: z.int().min(1).max(DAY_MS) });

const QuotaScript = z.strictObject({ datasetGroups: quota.optional() });

/**
 * The control paths `/_simulator/*`, by which tests and demos set the times and read what happened. `?accountId=` and `?region=` choose
 * another account or Region than the local runtime's own.
 */
export function scriptWire(coreAt: (place: Place) => PersonalizeSimulator): WireService {
  const coreOf = ({ query }: WireRequest) => {
    const { accountId = HOME.accountId, region = HOME.region } = parseLocalQuery(PlaceScript, query);
    return coreAt({ accountId, region });
  };
  return localRoutes({
    '/_simulator/timing': {
      GET: (request) => localJson(coreOf(request).timing),
      PUT: (request) => localJson(coreOf(request).setTiming(parseLocal(TimingScript, request))),
    },
    '/_simulator/advance': {
      POST(request) {
        const { milliseconds } = parseLocal(AdvanceScript, request);
        coreOf(request).advance(milliseconds);
        return localJson({ milliseconds });
      },
    },
    '/_simulator/quotas': {
      GET: (request) => localJson(coreOf(request).quotas),
      PUT: (request) => localJson(coreOf(request).setQuotas(parseLocal(QuotaScript, request))),
    },
    '/_simulator/throttle': {
      GET: (request) => throttleOf(coreOf(request)),
      PUT(request) {
        const core = coreOf(request);
        core.setThrottle(parseLocal(throttleSettings, request));
        return throttleOf(core);
      },
      DELETE(request) {
        const core = coreOf(request);
        core.setThrottle(undefined);
        return throttleOf(core);
      },
    },
    '/_simulator/calls': {
      GET: (request) => localJson({ calls: coreOf(request).calls() }),
      DELETE(request) {
        const core = coreOf(request);
        core.clearCalls();
        return localJson({ calls: core.calls() });
      },
    },
    '/_simulator/interactions': { GET: (request) => localJson({ interactions: coreOf(request).interactions() }) },
  });
}

const throttleOf = (core: PersonalizeSimulator) => localJson({ throttle: core.throttle ?? null });

const PlaceScript = z.strictObject({ accountId: AccountId.optional(), region: Region.optional() });

import * as z from 'zod';
import type { ActiveFault, FaultService, FieldSchema, Simulation } from '../../../console/protocol.ts';
import type { FaultInjection, InjectedFault } from '../fault-injection.ts';
import { FAULT_KINDS } from '../personalize/faults.ts';
import type { PersonalizeService } from '../personalize/service.ts';

const MAX_FAULTS = 100;

/** What is broken on purpose, for the console. @param cores absent: Personalize is that of another runtime */
export function simulationOf(faults: FaultInjection, cores: PersonalizeService['cores'] = () => []): Simulation {
  const all = faults.entries();
  return {
    faults: all.slice(-MAX_FAULTS).map(([id, { service, operation, fault, times, ...fields }]): ActiveFault => {
      // The schemas of the services have texts, numbers and booleans only.
      return { id, service, operation, fault, times, fields: fields as ActiveFault['fields'] };
    }),
    faultCount: all.length,
    personalize: cores().map(({ place, timing, throttle = null, quotas }) => ({
      ...place,
      timing: { ...timing },
      throttle,
      datasetGroups: quotas.datasetGroups,
    })),
  };
}

/** What can be broken: the operations, faults and fields that `/_faults` accepts for each service. */
export function faultCatalog({ schemas }: FaultInjection): FaultService[] {
  return [...schemas].map(([service, schema]) => catalogOf(service, schema));
}

function catalogOf(service: string, schema: z.ZodType<InjectedFault>): FaultService {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  const { operation, fault, times: _, ...fields } = properties as Record<string, FieldSchema>;
  const operations = valuesOf(operation);
  const names = Object.keys(fields);
  return {
    service,
    operations,
    faults:
      service === 'personalize'
        ? FAULT_KINDS
        : valuesOf(fault).map((each) => ({ fault: each, operations, fields: names })),
    properties: fields,
  };
}

/** The values of an enumeration, or the only value. */
const valuesOf = (schema: FieldSchema | undefined): readonly string[] => schema?.enum ?? [String(schema?.const)];

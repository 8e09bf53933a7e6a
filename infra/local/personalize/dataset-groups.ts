import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { halves, isDeletable, passage, summaryOf } from './lifecycle.ts';
import { found, operation, page } from './operation.ts';
import { Arn, Domain, Name, Paging, Tags } from './shapes.ts';
import type { DatasetGroupRecord, Seen } from './state.ts';
import { checkTags } from './tags.ts';

export const CreateDatasetGroup = operation({
  input: z.object({
    name: Name,
    roleArn: z
      .string()
      .max(256)
      .regex(/^arn:([a-z\d-]+):iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/)
      .optional(),
    kmsKeyArn: z
      .string()
      .max(2048)
      .regex(/^arn:aws.*:kms:.*:[0-9]{12}:key\/.*$/)
      .optional(),
    domain: Domain.optional(),
    tags: Tags.optional(),
  }),
  writes: true,
  act({ name, roleArn, kmsKeyArn, domain, tags }, { state, now, twist, datasetGroupQuota }) {
    const checkedTags = checkTags(tags);
    if (roleArn !== undefined && kmsKeyArn === undefined) {
      throw new AwsError('InvalidInputException', "'roleArn' is only valid together with 'kmsKeyArn'.");
    }
    const datasetGroupArn = state.arnOf(`dataset-group/${name}`);
    if (state.group(datasetGroupArn, now) !== undefined) {
      throw new AwsError('ResourceAlreadyExistsException', `Dataset group ${datasetGroupArn} already exists.`);
    }
    if (datasetGroupQuota !== undefined && state.groups(now).length >= datasetGroupQuota) {
      throw new AwsError('LimitExceededException', `The quota of ${datasetGroupQuota} dataset groups is reached.`);
    }
    state.putGroup({
      sequence: state.nextSequence(),
      name,
      datasetGroupArn,
      roleArn,
      kmsKeyArn,
      domain,
      tags: checkedTags,
      lifecycle: { creation: passage(now, ...halves(state.timing.datasetGroupMs), twist?.fault) },
    });
    return { datasetGroupArn, domain };
  },
});

export const DescribeDatasetGroup = operation({
  input: z.object({ datasetGroupArn: Arn }),
  act({ datasetGroupArn }, { state, now }) {
    const group = found(state.group(datasetGroupArn, now), datasetGroupArn);
    const { roleArn, kmsKeyArn, phase } = group;
    return {
      datasetGroup: {
        ...summary(group),
        roleArn,
        kmsKeyArn,
        ...(phase.status === 'CREATE FAILED' && { failureReason: 'A fault of the script.' }),
      },
    };
  },
});

export const ListDatasetGroups = operation({
  input: z.object(Paging),
  refusal: 'ValidationException',
  act(paging, { state, now }) {
    const { items, nextToken } = page(state.groups(now), 'ListDatasetGroups', paging);
    return { datasetGroups: items.map(summary), nextToken };
  },
});

export const DeleteDatasetGroup = operation({
  input: z.object({ datasetGroupArn: Arn }),
  writes: true,
  act({ datasetGroupArn }, { state, now }): undefined {
    const { phase, ...group } = found(state.group(datasetGroupArn, now), datasetGroupArn);
    const inUse = (why: string) => new AwsError('ResourceInUseException', `Dataset group ${datasetGroupArn} ${why}.`);
    if (state.trackersOf(datasetGroupArn, now).length > 0) throw inUse('has event trackers');
    if (state.datasetsOf(datasetGroupArn, now).length > 0) throw inUse('has datasets');
    if (!isDeletable(phase)) throw inUse(`is ${phase.status}`);
    // A dataset group has no DELETE IN_PROGRESS.
    const deletion = passage(now, state.timing.datasetGroupMs, 0);
    state.putGroup({ ...group, lifecycle: { ...group.lifecycle, deletion } });
  },
});

const summary = (group: Seen<DatasetGroupRecord>) => ({
  datasetGroupArn: group.datasetGroupArn,
  domain: group.domain,
  ...summaryOf(group),
});

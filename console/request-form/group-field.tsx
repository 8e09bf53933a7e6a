import { useEffect, useRef, useState } from 'preact/hooks';
import { LoadFailure } from '../parts/loading.tsx';
import { Status } from '../parts/status.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { runtime, trackers, version } from '../state/feed.ts';
import { datasetGroups, makeDatasetGroup, type Waiting } from '../wire/personalize.ts';
import { Labeled } from './fields.tsx';

interface GroupFieldProps {
  /** The ARN of the chosen group; empty while none is chosen. */
  readonly arn: string;
  readonly error: string | undefined;
  readonly onChoose: (arn: string) => void;
  /** Whether a group is being made, for which the request has to wait. */
  readonly onMaking: (isMaking: boolean) => void;
}

const NEW = 'new';

/** Picks one of the dataset groups that Personalize has, or makes one. */
export function GroupField({ arn, error, onChoose, onMaking }: GroupFieldProps) {
  const [made, setMade] = useState(0);
  const [isNew, setNew] = useState(false);
  const loaded = useLoaded(`groups ${runtime.value?.startedAt}`, made, datasetGroups);
  version.value;
  const taken = new Set([...trackers.values()].filter(isThere).map(({ datasetGroupArn }) => datasetGroupArn));
  const groups = loaded.value ?? [];
  // At first, the first one without an event tracker.
  const first = groups.find(({ datasetGroupArn }) => !taken.has(datasetGroupArn))?.datasetGroupArn;
  useEffect(() => {
    if (loaded.value === undefined || arn !== '' || isNew) return;
    if (first === undefined) setNew(true);
    else onChoose(first);
  }, [loaded.value]);
  const choose = (value: string) => {
    setNew(value === NEW);
    onChoose(value === NEW ? '' : value);
  };
  const isListed = groups.some(({ datasetGroupArn }) => datasetGroupArn === arn);
  return (
    <div class="field-block">
      <Labeled label="Dataset group" isRequired schema={{}} text="" error={isNew ? undefined : error}>
        {(described) => (
          <select
            {...described}
            data-field="datasetGroupArn"
            value={isNew ? NEW : arn}
            onChange={({ currentTarget }) => choose(currentTarget.value)}
          >
            {arn !== '' && !isListed && <option value={arn}>{arn}</option>}
            {groups.map(({ datasetGroupArn, name, status }) => (
              <option key={datasetGroupArn} value={datasetGroupArn}>
                {name}
                {status !== 'ACTIVE' && ` (${status})`}
                {taken.has(datasetGroupArn) && ' (has an event tracker)'}
              </option>
            ))}
            <option value={NEW}>A new dataset group …</option>
          </select>
        )}
      </Labeled>
      {loaded.error && <LoadFailure error={loaded.error} />}
      {isNew && (
        <NewGroup
          error={error}
          onMaking={onMaking}
          onMade={(made) => {
            setMade((count) => count + 1);
            setNew(false);
            onChoose(made);
          }}
        />
      )}
    </div>
  );
}

const isThere = ({ status }: { readonly status: string }): boolean => status !== 'DELETED' && status !== 'RELEASED';

interface NewGroupProps {
  readonly error: string | undefined;
  readonly onMaking: (isMaking: boolean) => void;
  readonly onMade: (arn: string) => void;
}

/** Makes a dataset group, and shows what is waited for until it is ACTIVE. */
function NewGroup({ error, onMaking, onMade }: NewGroupProps) {
  const [name, setName] = useState('');
  const [waiting, setWaiting] = useState<Waiting | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [isMaking, setMaking] = useState(false);
  const gone = useRef(new AbortController());
  useEffect(() => () => gone.current.abort(), []);
  const make = async () => {
    if (isMaking) return;
    const { signal } = gone.current;
    setMaking(true);
    onMaking(true);
    setFailure(undefined);
    try {
      onMade(await makeDatasetGroup(name.trim(), setWaiting, signal));
    } catch (error) {
      if (signal.aborted) return;
      setFailure(error instanceof Error ? error.message : String(error));
    } finally {
      setMaking(false);
      setWaiting(undefined);
      onMaking(false);
    }
  };
  return (
    <div class="new-group">
      <Labeled
        label="Name of the new dataset group"
        isRequired
        schema={{ description: 'Of a tenant: its name, a hyphen, and more, as in acme-books' }}
        text=""
        error={failure ?? error}
      >
        {(described) => (
          <div class="with-button">
            <input
              {...described}
              autocomplete="off"
              spellcheck={false}
              readOnly={isMaking}
              value={name}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return;
                event.preventDefault();
                void make();
              }}
            />
            <button type="button" class="button" disabled={isMaking || name.trim() === ''} onClick={make}>
              Make it
            </button>
          </div>
        )}
      </Labeled>
      <p class="new-group-state" role="status">
        {isMaking && (
          <>
            {waiting === undefined ? 'Asking Personalize …' : `Waiting for ${waiting.of} `}
            {waiting && <Status status={waiting.status} />}
          </>
        )}
      </p>
    </div>
  );
}

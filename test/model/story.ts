import { isPending, isTagCallRecent } from './clock.ts';
import { firstWorld, steps } from './steps.ts';
import { textOf } from './tags.ts';
import { arnOf, type Model, type Scenario, type World } from './world.ts';

/** A readable counterexample: each step, followed by the state if it changed. */
export function formatStory(model: Model, scenario: Scenario, way: readonly number[], rule: string): string {
  const lines = [`Scenario "${scenario.name}": ${rule}`];
  let world = firstWorld(scenario);
  let shown = '';
  for (const [index, wanted] of way.entries()) {
    let choice = -1;
    let taken: World = world;
    let text = '';
    steps(model, world, scenario, (label, next) => {
      choice++;
      if (choice !== wanted) return;
      text = label();
      taken = next;
    });
    world = taken;
    lines.push(`${String(index + 1).padStart(3)}. ${text}`);
    const now = show(world);
    if (now !== shown) lines.push(`       ${now}`);
    shown = now;
  }
  return lines.join('\n');
}

function show({ record, trackers }: World): string {
  if (record === undefined) return 'no record';
  const { call, cleanup, outbox, callbacks, missing } = record;
  const report = cleanup?.report;
  const shown = trackers.map(
    ({ id, ours, anothers, status, visible, ghost, tags }) =>
      `${arnOf(id)} ${ours ? 'ours' : anothers ? "another deployment's" : 'foreign'} ${status}${ghost ? ' (still described)' : ''}${visible === 7 ? '' : ' (not all visible)'}${tags ? ` {${tags}}` : ''}`,
  );
  return [
    `${record.desired} ${record.status}, generation ${record.generation} (observed ${record.observedGeneration}), epoch ${record.epoch}`,
    record.eventTrackerArn && `${record.adopted ? 'adopted ' : ''}${record.eventTrackerArn}`,
    call &&
      `call ${call.attempt} ${isPending(record) ? 'pending' : 'over createInFlight'}${call.overlapsEarlierCall ? ' over another' : ''}${call.acknowledged ? ' answered' : ''}`,
    record.tags.length > 0 && `tags {${textOf(record.tags)}}`,
    record.tagUpdate && `change of tags ${record.tagUpdate.accepted ? 'accepted' : 'not accepted'}`,
    record.tagCall &&
      `tag call of ${record.tagCall.generation}${isTagCallRecent(record) ? '' : ' over createInFlight'}`,
    record.updateFailure && 'change of tags failed',
    missing && `missing ${missing.eventTrackerArn}`,
    cleanup && `cleanup {${report ? `${report.status} of ${report.generation}` : ''}}`,
    outbox.length > 0 &&
      `outbox ${outbox.map((entry) => (entry.kind === 'event' ? nameOf(entry.detail.data) : `token: ${entry.status}`)).join(', ')}`,
    callbacks.length > 0 && `${callbacks.length} token waits`,
    `Personalize: ${shown.join(', ') || 'nothing'}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What an event reports. */
function nameOf(data: object): string {
  const { status, drift, outcome } = data as { status?: string; drift?: string; outcome?: string };
  return drift === undefined ? (outcome ?? status ?? '') : `drift ${drift}`;
}

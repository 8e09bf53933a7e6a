import type { Failure } from '../../events/contract.ts';
import type { NameAndTags } from './name-and-tags.ts';
import type { Status, Tag } from './record.ts';
import type { WaitingFor } from './waiting-for.ts';

/** What the owner of a record does next: a transition to record, or a state of the state machine. */
export type Decision =
  | {
      readonly do: 'recordObserved';
      readonly seen: { eventTrackerArn: string; status: Status; adopted?: true; actual?: NameAndTags } | { gone: true };
    }
  | {
      readonly do: 'recordActive';
      readonly eventTrackerArn: string;
      readonly trackingId: string;
      readonly actual?: NameAndTags;
    }
  | { readonly do: 'recordFailing'; readonly eventTrackerArn: string; readonly failure: Failure }
  | { readonly do: 'recordFailed'; readonly failure: Failure }
  | { readonly do: 'recordGone' }
  | { readonly do: 'recordUpdated' }
  | { readonly do: 'recordUpdateFailed'; readonly failure: Failure; readonly tags?: readonly Tag[] }
  | {
      readonly do: 'CheckDatasetGroup' | 'CreateEventTracker' | 'DeleteEventTracker' | 'UpdateTags' | 'PublishEvents';
    }
  | { readonly do: 'WaitBeforeNextPoll'; readonly waitMs: number; readonly waitingFor: WaitingFor }
  | { readonly do: 'Done' };

import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import type { TransitionResult } from '../../functions/tracker/transition.ts';
import type { Model } from './world.ts';

/*
 * A scenario has a few thousand records and meets each in about a hundred interleavings. So equal records share one object, and results
 * that depend only on a record are cached.
 */

/** Caches a pure function of a record. */
export function once<Value>(make: (record: EventTrackerRecord) => Value): (record: EventTrackerRecord) => Value {
  const made = new WeakMap<EventTrackerRecord, Value>();
  return (record) => {
    let value = made.get(record);
    if (value === undefined) {
      value = make(record);
      made.set(record, value);
    }
    return value;
  };
}

/** The model with cached transition results. */
export function remembering(model: Model): Model {
  const results = new Map<EventTrackerRecord, Map<string, TransitionResult>>();
  return {
    ...model,
    apply(name, record, args, settings) {
      let ofRecord = results.get(record);
      if (ofRecord === undefined) {
        ofRecord = new Map();
        results.set(record, ofRecord);
      }
      const key = `${name}${JSON.stringify(args)}`;
      let result = ofRecord.get(key);
      if (result === undefined) {
        result = model.apply(name, record, args, settings);
        ofRecord.set(key, result);
      }
      return result;
    },
  };
}

const met = new WeakMap<
  Model,
  { byText: Map<string, EventTrackerRecord>; same: Map<EventTrackerRecord, EventTrackerRecord> }
>();

/** The first record of this model's run that equals this one. */
export function firstEqual(model: Model, record: EventTrackerRecord): EventTrackerRecord {
  let known = met.get(model);
  if (known === undefined) {
    known = { byText: new Map(), same: new Map() };
    met.set(model, known);
  }
  let first = known.same.get(record);
  if (first === undefined) {
    const text = JSON.stringify(record);
    first = known.byText.get(text) ?? record;
    known.byText.set(text, first);
    known.same.set(record, first);
  }
  return first;
}

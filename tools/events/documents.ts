import { EVENT_PATTERNS, ofTenant } from '../../events/patterns.ts';
import { asyncApiDocument } from './asyncapi.ts';
import { EVENT_EXAMPLES } from './example-events.ts';
import { registrySchemas } from './registry.ts';
import { jsonSchemas } from './schemas.ts';

/** Every JSON file that is generated from the contract, by its path in events/. */
export function documents(): Readonly<Record<string, object>> {
  return {
    ...within('schemas', jsonSchemas()),
    ...within('registry', named(registrySchemas())),
    ...within('patterns', named(EVENT_PATTERNS)),
    'patterns/one-tenant.json': ofTenant('acme'),
    'patterns/active-of-one-tenant.json': ofTenant('acme', EVENT_PATTERNS.active),
    ...within('examples', named(EVENT_EXAMPLES)),
    'asyncapi.json': asyncApiDocument(),
  };
}

const within = (folder: string, files: Readonly<Record<string, object>>) =>
  Object.fromEntries(Object.entries(files).map(([name, file]) => [`${folder}/${name}`, file]));
const named = (values: Readonly<Record<string, object>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${name}.json`, value]));

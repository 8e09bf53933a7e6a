import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import satisfies from 'spdx-satisfies';
import * as z from 'zod';

/*
 * `npm run licenses`: whether each npm package in package-lock.json has a licence that we accept. Exits with 1 if one does not. It needs
 * neither a network nor `npm audit`.
 */

/** The SPDX identifiers of the licences that we accept: permissive ones, which ask for no more than a notice. */
export const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
];

/** A package with another licence, and why we may use it nevertheless. */
interface Exception {
  readonly name: RegExp;
  readonly license: string;
  /** Whether our packages contain it or depend on it. Otherwise we use it for development only. */
  readonly isDistributed: boolean;
  readonly why: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    name: /^@jmespath-community\/jmespath$/,
    license: 'MPL-2.0',
    isDistributed: true,
    why: 'Evaluates --query of the command line. Unchanged, so that its own sources are all that its licence asks for. No function contains it.',
  },
  {
    name: /^lightningcss(-[a-z0-9-]+)?$/,
    license: 'MPL-2.0',
    isDistributed: false,
    why: 'Comes with Vite, with which Vitest runs.',
  },
  {
    name: /^spdx-(exceptions|ranges)$/,
    license: 'CC-BY-3.0',
    isDistributed: false,
    why: 'The lists of SPDX, which this check reads.',
  },
];

const packageSchema = z.object({
  version: z.string().optional(),
  license: z.string().optional(),
  link: z.boolean().optional(),
});
export const lockSchema = z.object({ packages: z.record(z.string(), packageSchema) });
export type Lock = z.output<typeof lockSchema>;

/** The name of a package from its place, which may be in another package's folder. */
export const nameOf = (place: string): string =>
  place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

/**
 * The packages whose licence is not accepted, as text.
 * @param lock a package-lock.json, with all optional packages of other platforms too
 */
export function refusedLicenses({ packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([place, { version, license, link }]) => {
    // The project itself.
    if (place === '' || link) return [];
    const name = nameOf(place);
    if (license === undefined) return [`${name} ${version} names no licence`];
    const exceptions = EXCEPTIONS.filter((each) => each.name.test(name)).map((each) => each.license);
    return isAllowed(license, [...ALLOWED, ...exceptions]) ? [] : [`${name} ${version} has the licence ${license}`];
  });
}

function isAllowed(license: string, allowed: string[]): boolean {
  try {
    return satisfies(license, allowed);
  } catch {
    // Not an SPDX expression, such as "SEE LICENSE IN …".
    return false;
  }
}

if (import.meta.main) {
  const lock = lockSchema.parse(
    JSON.parse(readFileSync(join(resolve(import.meta.dirname, '../..'), 'package-lock.json'), 'utf8')),
  );
  const refused = refusedLicenses(lock);
  for (const line of refused) console.error(line);
  console.log(`licences: ${Object.keys(lock.packages).length - 1} packages, ${refused.length} not accepted`);
  process.exitCode = refused.length > 0 ? 1 : 0;
}

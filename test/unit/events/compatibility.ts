type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const part = (schema: Schema, keyword: string): Schema => {
  const value = schema[keyword];
  return isSchema(value) ? value : {};
};
const list = (schema: Schema, keyword: string): unknown[] => {
  const value = schema[keyword];
  return Array.isArray(value) ? value : [];
};

/** What is for people only. */
const ANNOTATIONS = ['title', 'description', '$schema'];
/** What is compared part by part. */
const COMPARED = ['properties', 'required', 'enum', 'const', 'allOf'];

export interface Versions {
  /** As 1.0. */
  readonly frozen: string;
  readonly present: string;
}

/**
 * What of a published schema a newer one of the same major version no longer keeps, a line each. It may add optional fields. A value
 * of an enumeration, and the version itself, may come with a higher minor version: a reader that gets one is a tolerant one.
 */
export function breaksOf(frozen: Schema, present: Schema, versions: Versions, at = 'detail'): string[] {
  const [was, is] = [part(frozen, 'properties'), part(present, 'properties')];
  const [wasRequired, isRequired] = [list(frozen, 'required'), list(present, 'required')];
  const breaks: string[] = [];
  const names = new Set([...Object.keys(was), ...Object.keys(is), ...wasRequired, ...isRequired].map(String));
  for (const name of names) {
    const path = `${at}.${name}`;
    const [before, now] = [was[name], is[name]];
    if (isRequired.includes(name) && !wasRequired.includes(name)) breaks.push(`${path} is required now`);
    if (wasRequired.includes(name) && !isRequired.includes(name)) breaks.push(`${path} is required no more`);
    if (before === undefined) continue;
    if (now === undefined) breaks.push(`${path} is removed`);
    else if (isSchema(before) && isSchema(now)) breaks.push(...breaksOf(before, now, versions, path));
    else if (before !== now) breaks.push(`${path} is changed`);
  }
  const isNewer = Number(versions.present.split('.')[1]) > Number(versions.frozen.split('.')[1]);
  const values = (schema: Schema) => list(schema, 'enum').map(String).sort();
  const [known, given] = [values(frozen), values(present)];
  const gone = known.filter((value) => !given.includes(value));
  if (gone.length > 0) breaks.push(`${at} is never ${gone.join(', ')} any more`);
  const added = given.filter((value) => !known.includes(value));
  if (added.length > 0 && !isNewer)
    breaks.push(`${at} may be ${added.join(', ')}, and the version is ${versions.present} still`);
  if (
    frozen.const !== present.const &&
    !(isNewer && frozen.const === versions.frozen && present.const === versions.present)
  ) {
    breaks.push(`${at} is not always ${frozen.const}`);
  }
  const conditions = new Set(list(present, 'allOf').map((condition) => JSON.stringify(condition)));
  for (const condition of list(frozen, 'allOf')) {
    if (!conditions.has(JSON.stringify(condition))) breaks.push(`${at} does not keep ${JSON.stringify(condition)}`);
  }
  const rest = (schema: Schema) =>
    Object.fromEntries(Object.entries(schema).filter(([keyword]) => ![...ANNOTATIONS, ...COMPARED].includes(keyword)));
  const [restWas, restIs] = [rest(frozen), rest(present)];
  for (const keyword of Object.keys({ ...restWas, ...restIs })) {
    if (JSON.stringify(restWas[keyword]) !== JSON.stringify(restIs[keyword]))
      breaks.push(`${at} has another ${keyword}`);
  }
  return breaks;
}

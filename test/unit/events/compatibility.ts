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

/** Keywords without effect on validation. */
const ANNOTATIONS = ['title', 'description', '$schema'];
/** Keywords that are compared part by part. */
const COMPARED = ['properties', 'required', 'enum', 'const', 'allOf'];

export interface Versions {
  /** Such as `1.0`. */
  readonly frozen: string;
  readonly present: string;
}

/**
 * Lists the incompatible changes between a published schema and a newer one of the same major version. Added optional fields are
 * compatible. A higher minor version may also add enumeration values and change the version itself, because readers tolerate both.
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
    if (wasRequired.includes(name) && !isRequired.includes(name)) breaks.push(`${path} is no longer required`);
    if (before === undefined) continue;
    if (now === undefined) breaks.push(`${path} is removed`);
    else if (isSchema(before) && isSchema(now)) breaks.push(...breaksOf(before, now, versions, path));
    else if (before !== now) breaks.push(`${path} is changed`);
  }
  const isNewer = Number(versions.present.split('.')[1]) > Number(versions.frozen.split('.')[1]);
  const values = (schema: Schema) => list(schema, 'enum').map(String).sort();
  const [known, given] = [values(frozen), values(present)];
  const gone = known.filter((value) => !given.includes(value));
  if (gone.length > 0) breaks.push(`${at} can no longer be ${gone.join(', ')}`);
  const added = given.filter((value) => !known.includes(value));
  if (added.length > 0 && !isNewer)
    breaks.push(`${at} may be ${added.join(', ')}, but the version is still ${versions.present}`);
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
      breaks.push(`${at} has a different ${keyword}`);
  }
  return breaks;
}

/** The scopes of a token's `scope` or `scp` claim, as API Gateway's JWT authorizer lists them. */
export function scopesOf(claims: Readonly<Record<string, unknown>>): string[] {
  const claim = claims.scope ?? claims.scp;
  if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
  return Array.isArray(claim) ? claim.filter((each) => typeof each === 'string') : [];
}

/** Claims as API Gateway's JWT authorizer passes them on: each is a string. */
export function claimStrings(claims: Readonly<Record<string, unknown>>): Record<string, string> {
  // API Gateway leaves out a claim that is null. Measured on AWS (floci-io/floci, pull request 2011).
  const given = Object.entries(claims).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, claimString(value)]));
}

/** A claim's value in API Gateway's format, which is that of Go: `[a b]` for a list, `map[key:value]` for an object. */
function claimString(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimString).join(' ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    return `map[${members.map(([name, member]) => `${name}:${claimString(member)}`).join(' ')}]`;
  }
  return value === null ? '<nil>' : String(value);
}

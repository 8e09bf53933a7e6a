/**
 * The size of an item, or of a value in it, in bytes, as DynamoDB counts it for its limit of 400 KB:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 *
 * @throws TypeError for what a record does not have: anything but JSON's values
 */
export function itemBytes(item: Readonly<Record<string, unknown>>): number {
  return Object.entries(item)
    .filter(([, value]) => value !== undefined)
    .reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value);
    case 'number':
      return 1 + Math.ceil(String(Math.abs(value)).replace('.', '').length / 2);
    case 'boolean':
      return 1;
    case 'object':
      if (value === null) return 1;
      if (Array.isArray(value)) return 3 + value.reduce((sum: number, each) => sum + 1 + valueBytes(each), 0);
      return 3 + Object.keys(value).length + itemBytes(value as Record<string, unknown>);
    default:
      throw new TypeError(`a ${typeof value} is no value of an item`);
  }
}

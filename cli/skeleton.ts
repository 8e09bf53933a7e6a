import type { Shape, StructureShape } from './shapes.ts';

/** The skeleton of an input, like the AWS CLI's: every member with an empty value. */
export const inputSkeleton = (shape: StructureShape): unknown => emptyValue(shape);

function emptyValue(shape: Shape): unknown {
  switch (shape.type) {
    case 'string':
      return '';
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return true;
    case 'timestamp':
      return '1970-01-01T00:00:00';
    case 'document':
      return {};
    case 'list':
      return [emptyValue(shape.member)];
    case 'structure':
      return Object.fromEntries(shown(shape).map(([name, member]) => [name, emptyValue(member)]));
  }
}

/** A sample of an output, in which the value of each string is the name of its member. */
export function outputSkeleton(shape: Shape, name = ''): unknown {
  if (shape.type === 'string') return name;
  if (shape.type === 'list') return [outputSkeleton(shape.member, name)];
  if (shape.type !== 'structure') return emptyValue(shape);
  return Object.fromEntries(shown(shape).map(([member, inner]) => [member, outputSkeleton(inner, member)]));
}

const shown = ({ members, notInSkeleton = [] }: StructureShape): [string, Shape][] =>
  Object.entries(members).filter(([name]) => !notInSkeleton.includes(name));

/** The skeleton of an input as YAML, with the documentation of each member, in the layout of the AWS CLI. Ends with a line break. */
export const yamlSkeleton = (shape: StructureShape): string => `${structureLines(shape, '').join('\n')}\n`;

function structureLines(shape: StructureShape, indent: string): string[] {
  return shown(shape).flatMap(([name, member], index) => {
    const comment = commentOf(member, shape.required.includes(name));
    // The AWS CLI puts two spaces before the comment of a structure's first member.
    const gap = index === 0 && member.type !== 'list' && member.type !== 'structure' ? '  ' : ' ';
    const suffix = comment === '' ? '' : `${gap}# ${comment}`;
    if (member.type === 'structure') return [`${indent}${name}:${suffix}`, ...structureLines(member, `${indent}  `)];
    if (member.type === 'list') return [`${indent}${name}:${suffix}`, ...itemLines(member.member, indent)];
    return [`${indent}${name}: ${yamlScalar(member)}${suffix}`];
  });
}

function itemLines(member: Shape, indent: string): string[] {
  if (member.type !== 'structure') return [`${indent}- ${yamlScalar(member)}`];
  const [first = '', ...rest] = structureLines(member, `${indent}  `);
  return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
}

const commentOf = ({ documentation = '' }: Shape, isRequired: boolean): string =>
  [...(isRequired ? ['[REQUIRED]'] : []), ...(documentation === '' ? [] : [documentation])].join(' ');

function yamlScalar(shape: Shape): string {
  const value = emptyValue(shape);
  return value === '' ? "''" : JSON.stringify(value);
}

/**
 * Arguments of create-event-tracker for the AWS CLI and for event-trackers, after `--name x --dataset-group-arn …`. The outcomes
 * with the AWS CLI are recorded in aws-cli.json (`node test/cli/golden/record.ts`, on a machine with AWS CLI 2).
 */
export interface GoldenCase {
  readonly args: readonly string[];
  /** Without --name and --dataset-group-arn before it. */
  readonly isBare?: true;
  /** A phrase that both print on stderr. */
  readonly prints?: string;
  /** Why event-trackers differs, and what it prints. */
  readonly differs?: { readonly why: string; readonly prints: string; readonly row: string };
}

export const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/x';

export const CASES: readonly GoldenCase[] = [
  // Accepted arguments.
  { args: ['--tags', '{"tagKey":"a","tagValue":"b"}'] },
  { args: ['--tags', '{"tagKey":"a","tagValue":"b"}', '{"tagKey":"c","tagValue":"d"}'] },
  { args: ['--tags', '[{"tagKey":"a","tagValue":"b"},{"tagKey":"c","tagValue":""}]'] },
  { args: ['--tags', 'tagKey=a,tagValue=b', 'tagKey=c,tagValue=d'] },
  { args: ['--tags'] },
  { args: ['--tags', '[]'] },
  { args: ['--tags', 'tagKey="a b",tagValue=c.d'] },
  { args: ['--tags', "tagKey='a=b',tagValue=x=y"] },
  { args: ['--tags', 'tagKey=a,tagValue='] },
  { args: ['--tags', 'tagKey = a , tagValue = b '] },
  { args: ['--tags', 'tagKey=é,tagValue=日本'] },
  { args: ['--tags', 'file://test/cli/golden/tags.json'] },
  { args: ['--name=y'] },
  { args: ['--name', 'y', '--name', 'z'] },
  { args: ['--cli-input-json', '{"name":"z","tags":[{"tagKey":"j","tagValue":"file:///x"}]}'] },
  { args: ['--cli-input-yaml', 'tags: [{tagKey: j, tagValue: "1"}]'] },
  { args: ['--cli-input-json', `{"name":"z","datasetGroupArn":"${GROUP}"}`], isBare: true },
  { args: ['--cli-input-json', '{"name":null}'] },
  // Refused arguments.
  { args: [], isBare: true, prints: 'the following arguments are required: --name, --dataset-group-arn' },
  { args: ['--name'], isBare: true, prints: 'argument --name: expected one argument' },
  { args: ['--name', '-x'], prints: 'argument --name: expected one argument' },
  { args: ['--name', '--tags'], prints: 'argument --name: expected one argument' },
  { args: ['--bogus', 'z'], prints: 'Unknown options: --bogus, z' },
  { args: ['extra'], prints: 'Unknown options: extra' },
  {
    args: ['--tags', 'tagKey=a'],
    prints: 'Parameter validation failed:\nMissing required parameter in tags[0]: "tagValue"',
  },
  {
    args: ['--tags', 'tagKey=c,tagValue=d,foo=e'],
    prints: 'Unknown parameter in tags[0]: "foo", must be one of: tagKey, tagValue',
  },
  {
    args: ['--tags', 'tagKey'],
    prints: "Error parsing parameter '--tags': Expected: '=', received: 'EOF' for input:\ntagKey\n      ^",
  },
  { args: ['--tags', ' tagKey=a'], prints: "Expected: '=', received: 't' for input:\n tagKey=a\n ^" },
  {
    args: ['--tags', 'tagKey=a,tagKey=b'],
    prints: 'Second instance of key "tagKey" encountered for input:\ntagKey=a,tagKey=b\n         ^',
  },
  { args: ['--tags', 'tagKey=a,b,tagValue=c'], prints: 'Invalid type for parameter tags[0].tagKey, value: [' },
  { args: ['--tags', 'tagKey=[a,b],tagValue=c'], prints: 'Invalid type for parameter tags[0].tagKey, value: [' },
  { args: ['--tags', 'tagKey={a=b},tagValue=c'], prints: 'Invalid type for parameter tags[0].tagKey, value: {' },
  { args: ['--tags', '[{"tagKey":"a"'], prints: "Error parsing parameter '--tags': Invalid JSON: " },
  {
    args: ['--tags', '[{"tagKey":"a","tagValue":"b"}]', 'tagKey=c,tagValue=d'],
    prints: "Error parsing parameter '--tags': Invalid JSON:",
  },
  {
    args: ['--tags', 'tagKey=a,tagValue=b', '{"tagKey":"c","tagValue":"d"}'],
    prints: "Expected: '=', received: '{' for input:",
  },
  {
    args: ['--tags', '[{"tagKey":1}]'],
    prints:
      'Missing required parameter in tags[0]: "tagValue"\nInvalid type for parameter tags[0].tagKey, value: 1, type: ',
  },
  { args: ['--tags', '[1]'], prints: 'Invalid type for parameter tags[0], value: 1, type: ' },
  {
    args: ['--tags', 'file:///nonexistent'],
    prints: "Error parsing parameter '--tags': Unable to load paramfile file:///nonexistent: ",
  },
  {
    args: ['--name', 'file:///nonexistent'],
    prints: "Error parsing parameter '--name': Unable to load paramfile file:///nonexistent: ",
  },
  { args: ['--name', ''], prints: 'Invalid length for parameter name, value: 0, valid min length: 1' },
  { args: ['--cli-input-json', '{nam'], prints: "Error parsing parameter 'cli-input-json': Invalid JSON received." },
  {
    args: ['--cli-input-json', '[1]'],
    prints: "Error parsing parameter '--cli-input-json': Invalid type: expecting map, received ",
  },
  {
    args: ['--cli-input-json', '{"nam":"x"}'],
    prints: 'Unknown parameter in input: "nam", must be one of: name, datasetGroupArn, tags',
  },
  {
    args: ['--cli-input-json', '{}'],
    isBare: true,
    prints: 'Missing required parameter in input: "name"\nMissing required parameter in input: "datasetGroupArn"',
  },
  {
    args: ['--cli-input-json', 'file:///nonexistent'],
    prints: "Error parsing parameter '--cli-input-json': Unable to load paramfile file:///nonexistent: ",
  },
  { args: ['--cli-input-yaml', 'a: ['], prints: "Error parsing parameter 'cli-input-yaml': Invalid YAML received." },
  {
    args: ['--cli-input-yaml', '- a'],
    prints: "Error parsing parameter '--cli-input-yaml': Invalid type: expecting map, received ",
  },
  {
    args: ['--cli-input-yaml', 'tags: [{tagKey: j, tagValue: 1}]'],
    prints: 'Invalid type for parameter tags[0].tagValue, value: 1, type: ',
  },
  {
    args: ['--cli-input-json', '{}', '--cli-input-yaml', 'a: b'],
    prints: 'Only one --cli-input- parameter may be specified.',
  },
  { args: ['--output', 'bogus'], prints: 'argument --output: Invalid choice, valid choices are:' },
  { args: ['--color', 'bogus'], prints: 'argument --color: Invalid choice, valid choices are:' },
  { args: ['--query', '[[['], prints: 'Bad value for --query [[[: Invalid jmespath expression: ' },
  // Skeletons.
  { args: ['--generate-cli-skeleton'], isBare: true },
  { args: ['--generate-cli-skeleton', 'input', '--output', 'text'] },
  { args: ['--generate-cli-skeleton', 'yaml-input'], isBare: true },
  { args: ['--generate-cli-skeleton', 'output'] },
  { args: ['--generate-cli-skeleton', 'output', '--output', 'yaml'] },
  { args: ['--generate-cli-skeleton', 'output', '--output', 'text'] },
  { args: ['--generate-cli-skeleton', 'output', '--output', 'table'] },
  { args: ['--generate-cli-skeleton', 'output', '--query', 'trackingId'] },
  { args: ['--generate-cli-skeleton', 'output', '--query', 'nothing', '--output', 'text'] },
  { args: ['--generate-cli-skeleton', 'output', '--query', '[eventTrackerArn,trackingId]', '--output', 'text'] },
  {
    args: ['--generate-cli-skeleton', 'output'],
    isBare: true,
    prints: 'the following arguments are required: --name, --dataset-group-arn',
  },
  {
    args: ['--generate-cli-skeleton', 'output', '--tags', 'tagKey=a'],
    prints: 'Missing required parameter in tags[0]: "tagValue"',
  },
  {
    args: ['--generate-cli-skeleton', 'bogus'],
    prints: 'argument --generate-cli-skeleton: Invalid choice, valid choices are:',
  },
  // Intended differences.
  {
    args: ['--nam', 'y'],
    differs: {
      why: 'an abbreviation would break with the next option that begins like it',
      prints: 'Unknown options: --nam, y',
      row: 'abbreviated options, such as `--nam`',
    },
  },
  {
    args: ['--tags', 'tagKey=a,tagValue=b', '--tags', 'tagKey=c,tagValue=d'],
    differs: {
      why: 'the AWS CLI drops the first tag without a word',
      prints: 'argument --tags: given twice',
      row: 'a list option given twice',
    },
  },
  {
    args: ['--name', 'not a name'],
    differs: {
      why: 'the AWS CLI leaves patterns to the service',
      prints: 'parameter name: must start with a letter',
      row: 'patterns and maximum lengths of parameters',
    },
  },
  {
    args: ['--profile', 'nobody'],
    differs: {
      why: 'documented as 253, while the AWS CLI ends with 255',
      prints: 'The config profile (nobody) could not be found',
      row: 'an unknown `--profile`',
    },
  },
];

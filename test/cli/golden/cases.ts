/**
 * Command lines of create-event-tracker that the AWS CLI and ours are both given, after `--name x --dataset-group-arn …`. What
 * the AWS CLI made of them is recorded in aws-cli.json (`node test/cli/golden/record.ts`, on a machine with the AWS CLI 2).
 */
export interface GoldenCase {
  readonly args: readonly string[];
  /** Without --name and --dataset-group-arn before it. */
  readonly isBare?: true;
  /** A phrase that both tell on stderr. */
  readonly told?: string;
  /** Why ours ends otherwise, and what ours tells. */
  readonly differs?: { readonly why: string; readonly told: string };
}

export const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/x';

export const CASES: readonly GoldenCase[] = [
  // What is sent.
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
  // What is refused.
  { args: [], isBare: true, told: 'the following arguments are required: --name, --dataset-group-arn' },
  { args: ['--name'], isBare: true, told: 'argument --name: expected one argument' },
  { args: ['--name', '-x'], told: 'argument --name: expected one argument' },
  { args: ['--name', '--tags'], told: 'argument --name: expected one argument' },
  { args: ['--bogus', 'z'], told: 'Unknown options: --bogus, z' },
  { args: ['extra'], told: 'Unknown options: extra' },
  {
    args: ['--tags', 'tagKey=a'],
    told: 'Parameter validation failed:\nMissing required parameter in tags[0]: "tagValue"',
  },
  {
    args: ['--tags', 'tagKey=c,tagValue=d,foo=e'],
    told: 'Unknown parameter in tags[0]: "foo", must be one of: tagKey, tagValue',
  },
  {
    args: ['--tags', 'tagKey'],
    told: "Error parsing parameter '--tags': Expected: '=', received: 'EOF' for input:\ntagKey\n      ^",
  },
  { args: ['--tags', ' tagKey=a'], told: "Expected: '=', received: 't' for input:\n tagKey=a\n ^" },
  {
    args: ['--tags', 'tagKey=a,tagKey=b'],
    told: 'Second instance of key "tagKey" encountered for input:\ntagKey=a,tagKey=b\n         ^',
  },
  { args: ['--tags', 'tagKey=a,b,tagValue=c'], told: 'Invalid type for parameter tags[0].tagKey, value: [' },
  { args: ['--tags', 'tagKey=[a,b],tagValue=c'], told: 'Invalid type for parameter tags[0].tagKey, value: [' },
  { args: ['--tags', 'tagKey={a=b},tagValue=c'], told: 'Invalid type for parameter tags[0].tagKey, value: {' },
  { args: ['--tags', '[{"tagKey":"a"'], told: "Error parsing parameter '--tags': Invalid JSON: " },
  {
    args: ['--tags', '[{"tagKey":"a","tagValue":"b"}]', 'tagKey=c,tagValue=d'],
    told: "Error parsing parameter '--tags': Invalid JSON:",
  },
  {
    args: ['--tags', 'tagKey=a,tagValue=b', '{"tagKey":"c","tagValue":"d"}'],
    told: "Expected: '=', received: '{' for input:",
  },
  {
    args: ['--tags', '[{"tagKey":1}]'],
    told: 'Missing required parameter in tags[0]: "tagValue"\nInvalid type for parameter tags[0].tagKey, value: 1, type: ',
  },
  { args: ['--tags', '[1]'], told: 'Invalid type for parameter tags[0], value: 1, type: ' },
  {
    args: ['--tags', 'file:///nonexistent'],
    told: "Error parsing parameter '--tags': Unable to load paramfile file:///nonexistent: ",
  },
  {
    args: ['--name', 'file:///nonexistent'],
    told: "Error parsing parameter '--name': Unable to load paramfile file:///nonexistent: ",
  },
  { args: ['--name', ''], told: 'Invalid length for parameter name, value: 0, valid min length: 1' },
  { args: ['--cli-input-json', '{nam'], told: "Error parsing parameter 'cli-input-json': Invalid JSON received." },
  {
    args: ['--cli-input-json', '[1]'],
    told: "Error parsing parameter '--cli-input-json': Invalid type: expecting map, received ",
  },
  {
    args: ['--cli-input-json', '{"nam":"x"}'],
    told: 'Unknown parameter in input: "nam", must be one of: name, datasetGroupArn, tags',
  },
  {
    args: ['--cli-input-json', '{}'],
    isBare: true,
    told: 'Missing required parameter in input: "name"\nMissing required parameter in input: "datasetGroupArn"',
  },
  {
    args: ['--cli-input-json', 'file:///nonexistent'],
    told: "Error parsing parameter '--cli-input-json': Unable to load paramfile file:///nonexistent: ",
  },
  { args: ['--cli-input-yaml', 'a: ['], told: "Error parsing parameter 'cli-input-yaml': Invalid YAML received." },
  {
    args: ['--cli-input-yaml', '- a'],
    told: "Error parsing parameter '--cli-input-yaml': Invalid type: expecting map, received ",
  },
  {
    args: ['--cli-input-yaml', 'tags: [{tagKey: j, tagValue: 1}]'],
    told: 'Invalid type for parameter tags[0].tagValue, value: 1, type: ',
  },
  {
    args: ['--cli-input-json', '{}', '--cli-input-yaml', 'a: b'],
    told: 'Only one --cli-input- parameter may be specified.',
  },
  { args: ['--output', 'bogus'], told: 'argument --output: Invalid choice, valid choices are:' },
  { args: ['--color', 'bogus'], told: 'argument --color: Invalid choice, valid choices are:' },
  { args: ['--query', '[[['], told: 'Bad value for --query [[[: Invalid jmespath expression: ' },
  // The skeletons.
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
    told: 'the following arguments are required: --name, --dataset-group-arn',
  },
  {
    args: ['--generate-cli-skeleton', 'output', '--tags', 'tagKey=a'],
    told: 'Missing required parameter in tags[0]: "tagValue"',
  },
  {
    args: ['--generate-cli-skeleton', 'bogus'],
    told: 'argument --generate-cli-skeleton: Invalid choice, valid choices are:',
  },
  // What ours does otherwise, on purpose.
  {
    args: ['--nam', 'y'],
    differs: {
      why: 'an abbreviation would break with the next option that begins like it',
      told: 'Unknown options: --nam, y',
    },
  },
  {
    args: ['--tags', 'tagKey=a,tagValue=b', '--tags', 'tagKey=c,tagValue=d'],
    differs: { why: 'the AWS CLI drops the first tag without a word', told: 'argument --tags: given twice' },
  },
  {
    args: ['--name', 'not a name'],
    differs: { why: 'the AWS CLI leaves patterns to the service', told: 'parameter name: must start with a letter' },
  },
  {
    args: ['--profile', 'nobody'],
    differs: {
      why: 'documented as 253, while the AWS CLI ends with 255',
      told: 'The config profile (nobody) could not be found',
    },
  },
];

import { AUTH_TYPES } from './configuration.ts';
import type { OptionDefinition } from './definition.ts';
import { OUTPUT_FORMATS } from './output/format.ts';

/** The options of every command, with the names and meanings of the AWS CLI. Those without a use here are refused. */
export const GLOBAL_OPTIONS: readonly OptionDefinition[] = [
  {
    flag: '--endpoint-url',
    value: 'URL',
    help: 'The URL of the API; with --direct, of Personalize. Must be https, except on localhost.',
  },
  {
    flag: '--auth',
    value: 'TYPE',
    choices: AUTH_TYPES,
    help: 'token (the default) sends a token. iam signs requests with your AWS credentials (SigV4) and sends them to /platform, for platforms.',
  },
  {
    flag: '--profile',
    value: 'NAME',
    help: 'A profile in ~/.config/event-trackers/config; with --direct, in the AWS configuration.',
  },
  {
    flag: '--region',
    value: 'REGION',
    help: 'Completes ARNs without a Region, rejects ARNs of another Region, and filters lists. With --direct, the Region to call.',
  },
  { flag: '--output', value: 'FORMAT', choices: OUTPUT_FORMATS, help: 'json (the default), text, table or yaml.' },
  { flag: '--query', value: 'EXPRESSION', help: 'A JMESPath expression to filter the output.' },
  { flag: '--no-paginate', help: 'Requests only the first page of a list and prints it as the service returns it.' },
  { flag: '--debug', help: 'Logs settings, requests and responses to stderr, without tokens and tracking IDs.' },
  { flag: '--no-cli-pager', help: 'Does not use a pager.' },
  {
    flag: '--color',
    value: 'WHEN',
    choices: ['on', 'off', 'auto'],
    help: 'Colors in tables and progress: on, off or auto (the default: only on a terminal).',
  },
  {
    flag: '--cli-read-timeout',
    value: 'SECONDS',
    integerFrom: 0,
    help: 'Read timeout in seconds (default 60; 0 means no limit).',
  },
  {
    flag: '--cli-connect-timeout',
    value: 'SECONDS',
    integerFrom: 0,
    help: 'Connect timeout in seconds (default 60; 0 means no limit).',
  },
  {
    flag: '--ca-bundle',
    value: 'FILE',
    help: 'A PEM file with the certificate authorities to trust, instead of the default ones.',
  },
  {
    flag: '--direct',
    help: 'Calls Personalize with your AWS credentials, instead of the service. Only for create-event-tracker and describe-event-tracker.',
  },
  { flag: '--version', help: 'Prints the version.' },
  { flag: '--help', help: 'Shows this help.' },
  {
    flag: '--no-sign-request',
    help: 'Not supported',
    refused: 'the API requires a token, and Personalize a signature',
  },
  {
    flag: '--no-verify-ssl',
    help: 'Not supported',
    refused: 'the connection carries a bearer token; use --ca-bundle to trust another certificate authority',
  },
  {
    flag: '--cli-binary-format',
    value: 'FORMAT',
    help: 'Not supported',
    refused: 'no parameter is binary',
  },
  {
    flag: '--cli-auto-prompt',
    help: 'Not supported',
    refused: "there is no prompt; see the command's help, or use --generate-cli-skeleton",
  },
];

/** The options of commands that have an input shape. */
export const INPUT_OPTIONS: readonly OptionDefinition[] = [
  {
    flag: '--cli-input-json',
    value: 'JSON',
    help: 'The parameters as JSON, or file://PATH. Command-line options override it. Values in it are taken literally.',
  },
  { flag: '--cli-input-yaml', value: 'YAML', help: 'The same as YAML. Not allowed with --cli-input-json.' },
  {
    flag: '--generate-cli-skeleton',
    value: 'KIND',
    valueIfBare: 'input',
    choices: ['input', 'output', 'yaml-input'],
    help: 'Sends no request. input (the default) prints empty parameters for --cli-input-json, and yaml-input for --cli-input-yaml; output validates the parameters and prints a sample of the output.',
  },
];

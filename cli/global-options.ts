import type { OptionDefinition } from './definition.ts';
import { OUTPUT_FORMATS } from './output/format.ts';

/** The options of every command, with the AWS CLI's names and meanings; those that would do nothing or harm are refused. */
export const GLOBAL_OPTIONS: readonly OptionDefinition[] = [
  {
    flag: '--endpoint-url',
    value: 'URL',
    help: "The API's URL; with --direct, that of Personalize. https, except on this machine.",
  },
  {
    flag: '--profile',
    value: 'NAME',
    help: 'A profile of ~/.config/event-trackers/config; with --direct, one of the AWS configuration.',
  },
  {
    flag: '--region',
    value: 'REGION',
    help: 'Completes ARNs that leave the Region out, refuses ARNs of another, and filters lists. With --direct, the Region that is asked.',
  },
  { flag: '--output', value: 'FORMAT', choices: OUTPUT_FORMATS, help: 'json (the default), text, table or yaml.' },
  { flag: '--query', value: 'EXPRESSION', help: 'A JMESPath expression that picks from the result.' },
  { flag: '--no-paginate', help: 'Asks for the first page of a list only, and prints it as the service gives it.' },
  { flag: '--debug', help: 'Tells on stderr what is configured, asked and answered; no token and no tracking ID.' },
  { flag: '--no-cli-pager', help: 'Never shows the output in a pager.' },
  {
    flag: '--color',
    value: 'WHEN',
    choices: ['on', 'off', 'auto'],
    help: 'Colors in tables and progress: on, off or auto (on a terminal).',
  },
  {
    flag: '--cli-read-timeout',
    value: 'SECONDS',
    integerFrom: 0,
    help: 'How long an answer may keep silent; 60 unless told otherwise, 0 for ever.',
  },
  {
    flag: '--cli-connect-timeout',
    value: 'SECONDS',
    integerFrom: 0,
    help: 'How long a connection may take; 60 unless told otherwise, 0 for ever.',
  },
  {
    flag: '--ca-bundle',
    value: 'FILE',
    help: 'Certificates (PEM) of the authorities to trust, in place of those known.',
  },
  {
    flag: '--direct',
    help: 'Asks Personalize itself, with your AWS credentials, instead of the service: create-event-tracker and describe-event-tracker only.',
  },
  { flag: '--version', help: 'Prints the version.' },
  { flag: '--help', help: 'Shows this, as help does.' },
  {
    flag: '--no-sign-request',
    help: 'Refused.',
    refused: 'the API takes no request without a token, nor Personalize one without a signature',
  },
  {
    flag: '--no-verify-ssl',
    help: 'Refused.',
    refused: 'a bearer token goes over that line: name the authority to trust with --ca-bundle',
  },
  {
    flag: '--cli-binary-format',
    value: 'FORMAT',
    help: 'Refused.',
    refused: 'no parameter here is binary: texts are taken literally',
  },
  {
    flag: '--cli-auto-prompt',
    help: 'Refused.',
    refused: "there is no prompt: see the command's help, or --generate-cli-skeleton",
  },
];

/** Of commands that make an input of a shape. */
export const INPUT_OPTIONS: readonly OptionDefinition[] = [
  {
    flag: '--cli-input-json',
    value: 'JSON',
    help: 'The parameters as JSON, or file://PATH of it; options on the line go before it. Texts in it are taken literally.',
  },
  { flag: '--cli-input-yaml', value: 'YAML', help: 'The same in YAML; not together with --cli-input-json.' },
  {
    flag: '--generate-cli-skeleton',
    value: 'KIND',
    valueIfBare: 'input',
    choices: ['input', 'output', 'yaml-input'],
    help: 'Sends nothing; prints empty parameters for --cli-input-json (input, also without a value) or --cli-input-yaml (yaml-input), or checks the parameters and prints a sample of the output (output).',
  },
];

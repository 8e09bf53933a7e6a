/** An identity provider whose issuers have a known form. */
interface Provider {
  readonly name: string;
  readonly isAt: (url: URL) => boolean;
  /** The form of its `iss` claims. */
  readonly form: RegExp;
  readonly example: string;
}

const TENANT_ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const isHost =
  (host: RegExp) =>
  ({ hostname }: URL) =>
    host.test(hostname);

const PROVIDERS: readonly Provider[] = [
  {
    name: 'Cognito',
    isAt: isHost(/^cognito-idp(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/),
    // The ID of a user pool begins with its Region.
    form: /^https:\/\/[^/.]+\.([a-z0-9-]+)\.[^/]+\/\1_[0-9A-Za-z]+$/,
    example: 'https://cognito-idp.REGION.amazonaws.com/REGION_ID, with the same Region twice',
  },
  {
    name: 'Auth0',
    isAt: isHost(/\.auth0\.com$/),
    form: /^https:\/\/[^/]+\/$/,
    example: 'https://TENANT.auth0.com/',
  },
  {
    name: 'Okta',
    isAt: isHost(/\.(okta|oktapreview|okta-emea)\.com$/),
    // The domain itself is the issuer of the org server, whose access tokens only Okta can validate.
    form: /^https:\/\/[^/]+\/oauth2\/(?!v1$)[^/]+$/,
    example: 'https://DOMAIN.okta.com/oauth2/AUTHORIZATION_SERVER_ID',
  },
  {
    name: 'Microsoft Entra ID',
    isAt: isHost(/^login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)$/),
    form: new RegExp(`^https://[^/]+/${TENANT_ID}/v2\\.0$`),
    example: 'https://login.microsoftonline.com/TENANT_ID/v2.0',
  },
  {
    name: 'Microsoft Entra ID (tokens of version 1)',
    isAt: isHost(/^sts\.windows\.net$/),
    form: new RegExp(`^https://[^/]+/${TENANT_ID}/$`),
    example: 'https://sts.windows.net/TENANT_ID/',
  },
  {
    name: 'Google',
    isAt: isHost(/^accounts\.google\.com$/),
    form: /^https:\/\/accounts\.google\.com$/,
    example: 'https://accounts.google.com',
  },
  {
    name: 'Keycloak',
    isAt: ({ pathname }) => /\/realms\/[^/]+\/?$/.test(pathname),
    form: /[^/]$/,
    example: 'https://HOST/realms/REALM',
  },
];

/** What the addresses below an issuer end with, as its `/.well-known/openid-configuration` lists them. */
const ENDPOINT =
  /\/(authorize|token|introspect|revoke|userinfo|logout|jwks(\.json)?|v[\d.]+\/keys|protocol\/openid-connect(\/[^/]+)?)\/?$/i;

const OKTA_ADMIN = /-admin\.(okta|oktapreview|okta-emea)\.com$/;
const HOSTED_UI = /\.auth(-fips)?\.[a-z0-9-]+\.amazoncognito\.com$/;

/**
 * The rules that a text breaks as the issuer of a JWT authorizer. API Gateway compares it with the `iss` claim of each token, character
 * by character, and reads the keys through `/.well-known/openid-configuration` below it.
 */
export function issuerRules(issuer: string): string[] {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url === undefined || !/^https:\/\/[^/]/.test(issuer)) return ['must be a URL that begins with https://'];
  const rules = [
    ...(/\s/.test(issuer) ? ['must not contain spaces'] : []),
    ...(/[?#]/.test(issuer) ? ['must not have a query or a fragment'] : []),
    ...(issuer.includes('@') ? ['must not contain credentials'] : []),
    ...(/\/{2}|\/\.{1,2}(\/|$)|\\/.test(issuer.slice('https://'.length).replace(/[?#].*/s, ''))
      ? ['must not have empty segments, . or .. in its path, nor a backslash']
      : []),
    ...(/\/\.well-known(\/|$)/.test(issuer) ? ['must not include /.well-known/: API Gateway appends it'] : []),
    ...(isPublic(url) ? [] : ['must have a public host name: API Gateway reads the keys over the internet']),
  ];
  return rules.length > 0 ? rules : formRules(issuer, url);
}

/** Names of one label, such as `localhost`, and addresses. */
const isPublic = ({ hostname }: URL): boolean =>
  /\.[a-z][a-z0-9-]*$/.test(hostname) && !/\.(local|localhost)$/.test(hostname);

function formRules(issuer: string, url: URL): string[] {
  if (HOSTED_UI.test(url.hostname)) {
    return [
      "must not be the domain of Cognito's hosted UI: the iss claim of its tokens is https://cognito-idp.REGION.amazonaws.com/USER_POOL_ID",
    ];
  }
  if (OKTA_ADMIN.test(url.hostname)) {
    return ["must not be Okta's admin console: an issuer is https://DOMAIN.okta.com/oauth2/AUTHORIZATION_SERVER_ID"];
  }
  if (ENDPOINT.test(url.pathname)) {
    return [
      'must not be the URL of an endpoint: it must be the iss claim of the tokens, without the path of the endpoint',
    ];
  }
  const provider = PROVIDERS.find(({ isAt }) => isAt(url));
  if (provider === undefined || provider.form.test(issuer)) return [];
  const { name, example } = provider;
  const slash = example.endsWith('/') ? 'with the slash at the end' : 'without a slash at the end';
  return [`must have the form of an issuer of ${name}, ${slash}: ${example}`];
}

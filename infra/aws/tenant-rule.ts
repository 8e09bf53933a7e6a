import { createTenancy, DEFAULT_TENANCY, isTenantName } from '../../functions/tracker/tenancy.ts';

/** Whether a text is a tenant's name. With an invalid pattern, which is a problem of its own, every text is. */
export function tenantRule(pattern: string): (text: string) => boolean {
  try {
    const tenancy = createTenancy({ ...DEFAULT_TENANCY, pattern });
    return (text) => isTenantName(text, tenancy);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('TENANT_PATTERN')) return () => true;
    throw error;
  }
}

/** Where UMA is found; published in its metadata document. */

export const UMA_PATHS = {
  resources: '/oauth2/uma/resource_set',
  permission: '/oauth2/uma/permission',
  metadata: '/.well-known/uma2-configuration',
} as const;

/** Whether the request is for a path of UMA. */
export function isUmaPath(path: string): boolean {
  return path === UMA_PATHS.metadata || isProtectionPath(path);
}

/** Whether the path belongs to the protection API, which is served for its token only. */
export function isProtectionPath(path: string): boolean {
  const { resources, permission } = UMA_PATHS;
  return path === permission || path === resources || path.startsWith(`${resources}/`);
}

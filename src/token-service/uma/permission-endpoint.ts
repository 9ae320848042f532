/** The permission endpoint (Federated Authorization for UMA 2.0 section 4). */

import { RequestError } from '../../errors.ts';
import { invalidRequest, readJsonBody } from './json-body.ts';
import { mergePermissions, readPermissions } from './permission.ts';
import { unsupportedMethod } from './resource-endpoint.ts';
import { isSameOwner } from './resource.ts';
import type { Permission } from './permission.ts';
import type { ProtectionAnswer, ProtectionCall } from './protection-api.ts';
import type { Owner } from './resource.ts';
import type { Resources } from './resources.ts';
import type { Tickets } from './tickets.ts';

export interface PermissionEndpointDeps {
  readonly resources: Resources;
  readonly tickets: Tickets;
}

/** Answers with a ticket for what a client tried to do. */
export async function answerPermission(
  { method, owner, request }: ProtectionCall,
  { resources, tickets }: PermissionEndpointDeps,
): Promise<ProtectionAnswer> {
  if (method !== 'POST') throw unsupportedMethod('POST');
  const body = await readJsonBody(request);
  const asked = readPermissions(Array.isArray(body) ? body : [body]);
  if (asked === undefined) {
    throw invalidRequest('request_malformed', 'expected resource_id and resource_scopes');
  }
  const permissions = mergePermissions(asked);
  await Promise.all(permissions.map((permission) => requireOwn(permission, owner, resources)));
  const ticket = await tickets.issue(owner.clientId, permissions);
  if (ticket === undefined) throw tooManyTickets();
  return { status: 201, body: { ticket } };
}

/** @throws RequestError 400 for a resource of another owner, and for scopes that it does not have. */
async function requireOwn(
  { resourceId, scopes }: Permission,
  owner: Owner,
  resources: Resources,
): Promise<void> {
  const resource = await resources.find(resourceId);
  if (resource === undefined || !isSameOwner(resource.owner, owner)) {
    throw new RequestError({
      status: 400,
      code: 'invalid_resource_id',
      reason: 'uma_resource_unknown',
      publicText: 'there is no such resource of this owner',
    });
  }
  if (new Set(scopes).isSubsetOf(new Set(resource.scopes))) return;
  throw new RequestError({
    status: 400,
    code: 'invalid_scope',
    reason: 'uma_scope_unknown',
    publicText: 'the resource is not registered with these scopes',
  });
}

function tooManyTickets(): RequestError {
  return new RequestError({
    status: 429,
    code: 'limit_exceeded',
    reason: 'uma_limit_exceeded',
    publicText: 'this resource server has asked for too many tickets: try again later',
  });
}

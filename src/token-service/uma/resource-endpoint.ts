/** The resource registration endpoint (Federated Authorization for UMA 2.0 section 3.2). */

import { RequestError } from '../../errors.ts';
import { invalidRequest, readJsonBody } from './json-body.ts';
import { UMA_PATHS } from './paths.ts';
import { readDescription, writeDescription, isSameOwner } from './resource.ts';
import type { ProtectionCall, ProtectionAnswer } from './protection-api.ts';
import type { ResourceDescription } from './resource.ts';
import type { Resources } from './resources.ts';

export interface ResourceEndpointDeps {
  readonly resources: Resources;
  /** The origin of the published addresses. */
  readonly issuer: string;
}

/** Answers for the list of an owner's resources, at the path itself. */
export async function answerResources(
  { method, owner, request }: ProtectionCall,
  { resources, issuer }: ResourceEndpointDeps,
): Promise<ProtectionAnswer> {
  switch (method) {
    case 'GET':
      return { status: 200, body: await resources.list(owner) };
    case 'POST': {
      const id = await resources.add(owner, await readDescribed(request));
      if (id === undefined) throw tooManyResources();
      const location = `${issuer}${UMA_PATHS.resources}/${id}`;
      return { status: 201, body: { _id: id }, headers: [['location', location]] };
    }
    default:
      throw unsupportedMethod('GET, POST');
  }
}

/** Answers for one resource. Those of other owners are as unknown as those that are not there. */
export async function answerResource(
  id: string,
  { method, owner, request }: ProtectionCall,
  { resources }: ResourceEndpointDeps,
): Promise<ProtectionAnswer> {
  switch (method) {
    case 'GET': {
      const resource = await resources.find(id);
      if (resource === undefined || !isSameOwner(resource.owner, owner)) throw notFound();
      return { status: 200, body: { _id: id, ...writeDescription(resource) } };
    }
    case 'PUT':
      if (!(await resources.replace(owner, id, await readDescribed(request)))) throw notFound();
      return { status: 200, body: { _id: id } };
    case 'DELETE':
      if (!(await resources.remove(owner, id))) throw notFound();
      return { status: 204, body: undefined };
    default:
      throw unsupportedMethod('GET, PUT, DELETE');
  }
}

async function readDescribed(request: ProtectionCall['request']): Promise<ResourceDescription> {
  const described = readDescription(await readJsonBody(request));
  if (described !== undefined) return described;
  throw invalidRequest(
    'request_malformed',
    'expected resource_scopes and texts of 1024 characters',
  );
}

function notFound(): RequestError {
  return new RequestError({
    status: 404,
    code: 'not_found',
    reason: 'uma_resource_unknown',
    publicText: 'there is no such resource of this owner',
  });
}

function tooManyResources(): RequestError {
  return new RequestError({
    status: 403,
    code: 'limit_exceeded',
    reason: 'uma_limit_exceeded',
    publicText: 'this resource server has as many resources as it may have',
  });
}

export function unsupportedMethod(allowed: string): RequestError {
  return new RequestError({
    status: 405,
    code: 'unsupported_method_type',
    reason: 'request_method_not_allowed',
    publicText: `expected ${allowed}`,
    headers: [['allow', allowed]],
  });
}

/** The keys of User-Managed Access at the embedded token service. */

import { z } from 'zod';

import { lifetime } from './values.ts';

const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'expected a scope (RFC 6749 section 3.3)');

const policy = z.strictObject({
  clients: z.array(z.string()).min(1).describe('client_ids of the clients that it is for.'),
  users: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'Only for requests in which the client shows a token of one of these users. With neither users nor owner, it is for the clients themselves, whoever they act for.',
    ),
  owner: z
    .literal(true)
    .optional()
    .describe(
      'Only for requests in which the client shows a token of the user who owns the resource.',
    ),
  resources: z.array(z.string().min(1)).default([]).describe('Resources by their id.'),
  resource_types: z
    .array(z.string().min(1))
    .default([])
    .describe('Resources by the type with which they are registered.'),
  scopes: z.array(scope).min(1).describe('Scopes of these resources that may be had.'),
});

export const uma = z
  .strictObject({
    permission_information: z
      .boolean()
      .default(true)
      .describe(
        'Whether introspection tells the permissions of a token. false: no more than that it is active, and a resource server that asks no further lets everything be done with it.',
      ),
    ticket_lifetime: lifetime
      .prefault('5m')
      .describe('How long a permission ticket can be redeemed, once.'),
    max_resources: z
      .number()
      .int()
      .positive()
      .max(10_000)
      .default(1_000)
      .describe('Resources of one resource server, those of its users included.'),
    max_tickets: z
      .number()
      .int()
      .positive()
      .default(10_000)
      .describe(
        'Permission tickets that one resource server is given within ticket_lifetime, by each gateway.',
      ),
    policies: z
      .array(policy)
      .max(1_000)
      .default([])
      .describe('Who may have what. Whatever no policy says is denied.'),
  })
  .describe(
    'User-Managed Access 2.0: resource servers, which are the clients with the scope uma_protection, register resources, clients have tokens for them as the policies say. Absent: off. See docs/uma.md.',
  );

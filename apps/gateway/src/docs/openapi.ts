import { problemJson } from '@anlan/contracts';
import type { EntityKind, Role } from '@anlan/ports';
import { z } from 'zod';
import { rolesFor } from '../http/call.js';
import { OPERATIONS, pathsOf, type OperationName, type OperationSpec } from '../http/operations.js';

type Json = Readonly<Record<string, unknown>>;

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}

function queryParameters(schema: z.ZodType | undefined): readonly Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, json]) => ({ name, in: 'query', required: required.includes(name), schema: json }));
}

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function bodyOf({ body, bodyKind }: OperationSpec): Json | undefined {
  if (bodyKind === 'form') return { content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } } };
  if (!body) return undefined;
  const schema = schemaOf(body, 'input');
  return { required: true, content: { 'application/json': { schema }, ...(bodyKind === 'import' && { 'application/yaml': { schema } }) } };
}

function answerOf({ answer, status = 200 }: OperationSpec): Json {
  if (status === 204) return { description: 'Done' };
  const content = typeof answer === 'string' ? { [answer]: {} } : { 'application/json': { schema: schemaOf(answer, 'output') } };
  return { description: 'OK', content };
}

function operationJson(name: OperationName, path: string): Json {
  const spec: OperationSpec = OPERATIONS[name];
  const roles: readonly Role[] | undefined = rolesFor(name, path.split('/')[3] as EntityKind);
  const body = bodyOf(spec);
  return {
    operationId: pathsOf(name).length > 1 ? `${name}_${path.split('/')[3] ?? ''}` : name,
    tags: [spec.tag],
    summary: spec.summary,
    ...(roles && { description: `Roles: ${roles.join(', ')}` }),
    security: roles ? [{ bearer: [] }] : [],
    parameters: [...pathParameters(path), ...queryParameters(spec.query)],
    ...(body && { requestBody: body }),
    responses: {
      [String(spec.status ?? 200)]: answerOf(spec),
      default: {
        description: 'Problem (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** The OpenAPI 3.1 document, made from the table that the routes are made from. */
export function openApi(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const name of Object.keys(OPERATIONS) as OperationName[]) {
    for (const path of pathsOf(name)) paths[path] = { ...paths[path], [OPERATIONS[name].method.toLowerCase()]: operationJson(name, path) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: '安澜 Anlan',
      version: '1',
      description:
        'Times are ISO 8601 UTC with milliseconds. Lists are {items, nextCursor}. Errors are problem documents with a stable code.',
    },
    paths,
    components: { schemas: { Problem: schemaOf(problemJson, 'output') }, securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}

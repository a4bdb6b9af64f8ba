import type { Actor, RegistrySnapshot } from '@anlan/contracts';
import type { EntityKind, RegionScope, Role, User } from '@anlan/ports';
import {
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { OPERATIONS, pathsOf, type BodyOf, type OperationName, type OperationSpec, type QueryOf } from './operations.js';

/** Who is calling, as the session says. */
export type Caller = Readonly<{ sessionId: string; tokenHash: string; user: User; scope: RegionScope; expiresAt: number; actor: Actor }>;
/** What the audit row of this call says about its object. */
export type AuditNote = Readonly<{
  actor?: Actor;
  objectKind?: string;
  objectId?: string;
  regionCode?: string | null;
  reason?: string | null;
  before?: string | null;
  after?: string | null;
  action?: string;
}>;

/** One request, checked: handlers see nothing unparsed. */
export type Call<N extends OperationName> = Readonly<{
  query: QueryOf<N>;
  body: BodyOf<N>;
  /** A path parameter. */
  param(name: string): string;
  /** The kind in the path of a registry operation. */
  kind: EntityKind;
  /** Present on every operation that is not public. */
  caller: Caller;
  registry: RegistrySnapshot;
  source: string;
  client: string;
  requestId: string;
  request: Request;
  response: Response;
  note(note: AuditNote): void;
}>;

export type AnlanRequest = Request & { anlan: { requestId: string; caller?: Caller; call?: Call<OperationName> } };

const OPERATION = Symbol('operation');

/** Binds a handler to its row of the table: path, method, status and, by the row, its rights. A handler without it stops the start. */
export function Operation(name: OperationName): MethodDecorator {
  const spec: OperationSpec = OPERATIONS[name];
  const path = pathsOf(name).map((template) => template.replaceAll(/\{(\w+)\}/g, ':$1'));
  return applyDecorators(
    RequestMapping({ path, method: RequestMethod[spec.method] }),
    HttpCode(spec.status ?? 200),
    SetMetadata(OPERATION, name),
  );
}

/** The row a handler is bound to. */
export function operationOf(handler: object): OperationName | undefined {
  return Reflect.getMetadata(OPERATION, handler) as OperationName | undefined;
}

/** Gives a handler its checked call. */
export const Checked = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<AnlanRequest>().anlan.call,
);

/** Roles that one call needs; undefined means that it is public. */
export function rolesFor(name: OperationName, kind: EntityKind): readonly Role[] | undefined {
  const { access }: OperationSpec = OPERATIONS[name];
  if (access === 'public') return undefined;
  return 'byKind' in access ? access.byKind[kind] : access;
}

/** The kind in a registry path, such as `/api/v1/sites/x`. */
export function kindIn(request: Request): EntityKind {
  return (request.route as { path: string }).path.split('/')[3] as EntityKind;
}

import type { EntityKind, Role } from '@anlan/ports';
import type { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
/** `public`: no login. A list: one of these roles. `byKind`: as the kind in the path says. */
export type Access = 'public' | readonly Role[] | Readonly<{ byKind: Readonly<Record<EntityKind, readonly Role[]>> }>;
/** One thing that the API does. Routes, rights, checks, audit and the OpenAPI document all come from here. */
export type OperationSpec = Readonly<{
  method: Method;
  /** With `{name}` for parameters; `{kind}` stands for each kind of the registry. */
  path: string;
  tag: string;
  summary: string;
  access: Access;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Bodies are JSON unless this says otherwise. */
  bodyKind?: 'import' | 'form';
  /** Schema of the answer, or its media type. */
  answer: z.ZodType | `text/${string}` | 'application/json';
  status?: 200 | 201 | 202 | 204;
  /** Leaves one audit row, whatever the outcome. */
  audit?: string;
}>;
